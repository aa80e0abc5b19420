/** Starts a command in this process's place: its streams, its group, its signals. */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { forwardSignals } from './signals.ts';

/** How a command ended. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  /** Node told neither. */
  | { readonly kind: 'unseen' }
  /** `code` is the one that shells give for it; `detail` says why, in a sentence. */
  | { readonly kind: 'not-started'; readonly code: 125 | 126 | 127; readonly detail: string };

/** A command that is to be started. */
export interface CommandTerms {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether standard input is a terminal. */
  readonly isTerminal: boolean;
}

/** A command on its way. */
export interface RunningCommand {
  /** `undefined` when it was not started. */
  readonly pid: number | undefined;
  /** Never rejects. Signals are passed on until then. */
  readonly ended: Promise<CommandEnd>;
}

/** Starts it. Never throws: what keeps it from starting is how it ended. */
export function startCommand(terms: CommandTerms): RunningCommand {
  let child: ChildProcess | undefined;
  // Before it starts: its first word may be read, and answered by a signal, before `spawn` has returned here.
  const stopForwarding = forwardSignals({ isTerminal: terms.isTerminal, command: () => child });
  const refused = (error: unknown): CommandEnd => {
    stopForwarding();
    return notStarted(terms.command, error);
  };
  try {
    const { spawn } = process.getBuiltinModule('node:child_process');
    child = spawn(terms.command, [...terms.args], { stdio: 'inherit', env: terms.env });
  } catch (error) {
    return { pid: undefined, ended: Promise.resolve(refused(error)) };
  }
  const started = child;
  if (started.pid === undefined)
    return {
      pid: undefined,
      ended: new Promise((resolve) => started.once('error', (error) => resolve(refused(error)))),
    };
  // Of a signal that could not be sent: the command has just ended.
  started.on('error', () => {});
  const ended = new Promise<CommandEnd>((resolve) => {
    // Not `close`: a daemon that it left may hold its streams.
    started.once('exit', (code, signal) => {
      stopForwarding();
      resolve(endOf(code, signal));
    });
  });
  return { pid: started.pid, ended };
}

/**
 * How a command ended, by what Node tells. Node 24 tells `(0, null)` of real-time signals, as of exit 0, and has waited
 * for the process by then: nothing is left to ask.
 */
export function endOf(code: number | null, signal: NodeJS.Signals | null): CommandEnd {
  if (signal !== null) return { kind: 'killed', signal };
  return code === null ? { kind: 'unseen' } : { kind: 'exited', code };
}

const UNSEEN = 255;

/** The exit code of a shell that ran the command. Not 0 when nobody saw how it ended. */
export function exitCodeOf(end: CommandEnd): number {
  if (end.kind === 'unseen') return UNSEEN;
  return end.kind === 'killed' ? 128 + constants.signals[end.signal] : end.code;
}

/** As env, timeout and nohup: https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html */
function notStarted(command: string, error: unknown): CommandEnd {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { kind: 'not-started', code: 127, detail: `${command}: command not found` };
  if (code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE')
    return { kind: 'not-started', code: 125, detail: `${command}: cannot be started (${code})` };
  const why = code === 'EACCES' ? 'permission denied' : String(code ?? error);
  return { kind: 'not-started', code: 126, detail: `${command}: cannot be executed (${why})` };
}
