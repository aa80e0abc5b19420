import type { Ended, ProgramOptions } from './program.ts';
import { superviseCommand } from './supervise-command.ts';

/**
 * Runs a file with this Node in a clean environment (PATH and HOME only) and resolves when it has ended and all
 * its output is here. The program gives marks on fd 3, so that its stdout stays as users see it.
 *
 * @throws {ProgramTimeout} after `timeoutMs`: it was killed by its pid; {Error} when it cannot be started.
 * @example
 * import { partialDeepStrictEqual } from 'node:assert/strict';
 * import { writeFileSync } from 'node:fs';
 * import { runProgram } from '@ephemetry/testing';
 *
 * writeFileSync('host.cjs', `setInterval(() => {}, 1000); require('node:fs').writeSync(3, 'recorded\\n');`);
 * const ended = await runProgram('host.cjs', { signalWhen: { mark: 'recorded', signal: 'SIGTERM' } });
 * partialDeepStrictEqual(ended, { code: null, signal: 'SIGTERM', stdout: '', marks: ['recorded'] });
 */
export function runProgram(file: string, options: ProgramOptions = {}): Promise<Ended> {
  const args = [...(options.execArgv ?? []), file, ...(options.args ?? [])];
  return superviseCommand({ path: process.execPath, args }, options);
}
