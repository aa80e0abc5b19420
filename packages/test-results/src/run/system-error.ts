/** What the operating system refuses is said of a report; any other error is a bug. */

/** The code of an error of the system, such as `EACCES`; undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  const isSystems = error instanceof Error && 'syscall' in error && 'code' in error;
  return isSystems && typeof error.code === 'string' ? error.code : undefined;
}

/** The code of the error with which the system answered, or the answer. @throws any other error */
export function askSystem<Answer>(
  ask: () => Answer,
): { readonly answer: Answer } | { readonly code: string } {
  try {
    return { answer: ask() };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return { code };
  }
}
