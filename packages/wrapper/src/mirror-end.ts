/** Ends this process as the command ended. */
import { readFileSync } from 'node:fs';
import { releaseStderr } from './own-streams.ts';

/** What writes a core file, which would take the place of the command's. */
const DUMPING: readonly NodeJS.Signals[] = [
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
];

/**
 * Called once all that delivers has its exit listeners in place: this one must be the last.
 *
 * @param signal the signal that killed the command; `undefined` where the exit code says it all
 */
export function mirrorEnd(signal: NodeJS.Signals | undefined): void {
  process.on('exit', () => {
    releaseStderr();
    // Process 1 of a container does not die of it, and exits with 128+n.
    if (signal !== undefined && !(DUMPING.includes(signal) && mayDumpCore())) dieBy(signal);
  });
}

function dieBy(signal: NodeJS.Signals): void {
  // Node ignores SIGPIPE from its start on; a listener that goes leaves every signal as the system has it.
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') process.on(signal, () => {}).removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function mayDumpCore(): boolean {
  try {
    return !/^Max core file size\s+0\s/m.test(readFileSync('/proc/self/limits', 'latin1'));
  } catch {
    return true;
  }
}
