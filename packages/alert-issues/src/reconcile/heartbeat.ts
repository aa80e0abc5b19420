/** Calls whoever watches from outside, while all is well: when the calls stop, they say so. */
const TIMEOUT_MS = 10_000;

/** @returns what went wrong, without the address, which is as good as a password */
export async function callHeartbeat(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok ? undefined : `the heartbeat was answered with ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    return `the heartbeat was not answered${code}`;
  }
}
