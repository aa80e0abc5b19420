/** Where a command writes: standard output for results, standard error for what people should know. */

/** The two streams, and what they can show. */
export interface Output {
  /** Results. Does nothing once the reader has gone. */
  print(text: string): void;
  /** Diagnostics. */
  printError(text: string): void;
  /** Whether results are read by a person now. */
  readonly isTerminal: boolean;
  /** Whether results may have colours: a terminal, and `NO_COLOR` (https://no-color.org) is not set. */
  readonly hasColours: boolean;
  /** The terminal's size now, in characters. */
  size(): { readonly columns: number; readonly rows: number };
  /** Aborted when the reader of the results has gone (`| head -1`): no error, but no reason to go on either. */
  readonly readerGone: AbortSignal;
}

/** An {@link Output} on this process's streams. */
export function createOutput(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Output {
  const reader = new AbortController();
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    reader.abort();
  });
  // Nobody is left to tell.
  stderr.on('error', () => {});
  const isTerminal = stdout.isTTY === true;
  return {
    print: (text) => {
      if (!reader.signal.aborted) stdout.write(text);
    },
    printError: (text) => void stderr.write(text),
    isTerminal,
    hasColours: isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
    readerGone: reader.signal,
  };
}
