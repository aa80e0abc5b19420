/**
 * Which signals the wrapper passes on to the command. The terminal itself sends some of them to both, because the command
 * stays in the wrapper's process group; passed on, they would come twice, and twice means "now" to many tools.
 */
import type { ChildProcess } from 'node:child_process';
import { isInForeground } from './foreground.ts';

/** What a terminal sends to the whole group in front of it, beside SIGTSTP. */
const SENT_BY_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];

/** What can be caught and passed on. Not SIGCHLD, SIGPIPE and those of the wrapper's own faults: they are about this process. */
const PASSED_ON: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGALRM',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
  'SIGURG',
  'SIGXCPU',
];

/** What the forwarding does: the signals to the command, and the stopping of this process. */
export interface SignalActions {
  /** Whether standard input is a terminal. */
  readonly isTerminal: boolean;
  /** Undefined as long as it is being started. */
  readonly command: () => Pick<ChildProcess, 'kill'> | undefined;
}

/**
 * Passes signals on until the returned function is called; from then on they do what they do without a listener.
 * Without a terminal SIGTSTP stops the command first and then this process, as a shell expects of a job.
 */
export function forwardSignals({ isTerminal, command }: SignalActions): () => void {
  const listeners = new Map<NodeJS.Signals, () => void>();
  for (const signal of PASSED_ON) listeners.set(signal, () => command()?.kill(signal));
  // What the command has from the terminal it decides; we live on to see how it ends.
  const passUnlessSent = (signal: NodeJS.Signals): void => {
    if (!isInForeground(isTerminal)) command()?.kill(signal);
  };
  for (const signal of SENT_BY_TERMINAL) listeners.set(signal, () => passUnlessSent(signal));
  if (!isTerminal)
    listeners.set('SIGTSTP', () => {
      passUnlessSent('SIGTSTP');
      process.kill(process.pid, 'SIGSTOP');
    });
  for (const [signal, listener] of listeners) listenIfPossible(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** Some systems lack some of them. */
function listenIfPossible(signal: NodeJS.Signals, listener: () => void): void {
  try {
    process.on(signal, listener);
  } catch {
    // Then nobody sends it.
  }
}
