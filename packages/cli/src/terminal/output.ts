/**
 * Where a command writes: standard output for results, standard error for what people should know. What is shown to
 * people is made safe here and nowhere else: it may come from a file, a database or the network.
 */
import { safeText } from './safe-text.ts';
import { snakeCased } from './snake-cased.ts';

/** The two streams, and what they can show. */
export interface Output {
  /**
   * A line of results, made safe. A line break at its end is its own; others are what the text came with. Does nothing
   * once the reader has gone.
   */
  print(line: string): void;
  /** Lines of results, each made safe and ended. */
  printLines(lines: Iterable<string>): void;
  /** A document for a program: JSON or YAML, as it is. */
  printDocument(text: string): void;
  /** A line of JSON for a program, its keys in snake_case at every depth: not for values with keys that others chose. */
  printJson(value: object): void;
  /** A line of diagnostics, made safe. */
  printError(line: string): void;
  /** Erases lines that were drawn last and draws others in their place; the first one is a heading. */
  draw(eraseLines: number, lines: readonly string[]): void;
  /** Whether results are read by a person now. */
  readonly isTerminal: boolean;
  /** The terminal's size now, in characters. */
  size(): { readonly columns: number; readonly rows: number };
  /** How wide a page may be: as the terminal is, and 80 characters where there is none. */
  columns(): number;
  /** Aborted when the reader of the results has gone (`| head -1`): no error, but no reason to go on either. */
  readonly readerGone: AbortSignal;
}

/** What is used of a process's stream. */
interface TerminalStream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';
const ERASE_BELOW = '\u001b[J';

/** Where they are: a process makes its own when they are first asked for, in 5 ms, and a push that has nothing to say asks for none. */
export interface OutputStreams {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
}

/** An {@link Output} on these streams, such as those of `process`. */
export function createOutput(streams: OutputStreams, env: NodeJS.ProcessEnv): Output {
  const results = once(() => watchReader(streams.stdout));
  const errors = once(() => ignoringErrors(streams.stderr));
  const isTerminal = (): boolean => results().stdout.isTTY === true;
  // https://no-color.org
  const hasColours = (): boolean => isTerminal() && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const write = (text: string): void => {
    const { stdout, gone } = results();
    if (!gone.aborted) stdout.write(text);
  };
  return {
    print: (line) => write(safeLine(line)),
    printLines: (lines) => {
      for (const line of lines) write(`${safeText(line)}\n`);
    },
    printDocument: write,
    printJson: (value) => write(`${JSON.stringify(snakeCased(value))}\n`),
    printError: (line) => void errors().write(safeLine(line)),
    draw: (eraseLines, lines) => {
      const up = eraseLines === 0 ? '' : `\u001b[${eraseLines}A\r${ERASE_BELOW}`;
      const [heading, ...rest] = lines.map(safeText);
      const shown =
        heading === undefined ? [] : [hasColours() ? `${DIM}${heading}${PLAIN}` : heading, ...rest];
      write(`${up}${shown.map((line) => `${line}\n`).join('')}`);
    },
    get isTerminal() {
      return isTerminal();
    },
    columns: () => (isTerminal() ? (results().stdout.columns ?? 80) : 80),
    size: () => ({ columns: results().stdout.columns ?? 80, rows: results().stdout.rows ?? 24 }),
    get readerGone() {
      return results().gone;
    },
  };
}

/** Standard output, and a signal that is aborted when nobody reads it any more. */
function watchReader(stdout: TerminalStream): {
  readonly stdout: TerminalStream;
  readonly gone: AbortSignal;
} {
  const reader = new AbortController();
  stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    reader.abort();
  });
  return { stdout, gone: reader.signal };
}

/** Nobody is left to tell. */
function ignoringErrors(stderr: TerminalStream): TerminalStream {
  stderr.on('error', () => {});
  return stderr;
}

function once<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Its line break stays, those within it do not. */
function safeLine(line: string): string {
  return line.endsWith('\n') ? `${safeText(line.slice(0, -1))}\n` : safeText(line);
}
