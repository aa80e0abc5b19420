import type { Ended, ProgramOptions } from './program.ts';
import { superviseCommand } from './supervise-command.ts';

/**
 * Runs a file with this Node in a clean environment (PATH and HOME only) and resolves when it has ended and all
 * its output is here. The program gives marks on fd 3, so that its stdout stays as users see it.
 *
 * @throws {ProgramTimeout} after `timeoutMs`: it was killed by its pid; {Error} when it cannot be started.
 * @example
 * // in the program: writeSync(3, 'recorded\n')
 * const ended = await runProgram(file, { signalWhen: { mark: 'recorded', signal: 'SIGTERM' } });
 * expect(ended).toMatchObject({ code: null, signal: 'SIGTERM', stdout: '', survivors: [] });
 */
export function runProgram(file: string, options: ProgramOptions = {}): Promise<Ended> {
  const args = [...(options.execArgv ?? []), file, ...(options.args ?? [])];
  return superviseCommand({ path: process.execPath, args }, options);
}
