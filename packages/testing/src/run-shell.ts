import type { Ended, ProgramOptions } from './program.ts';
import { superviseCommand } from './supervise-command.ts';

/**
 * Runs a shell script that ends at its first failing command (`sh -e`), in a clean environment. Everything else is
 * as in `runProgram`.
 *
 * @throws {ProgramTimeout} after `timeoutMs`: it and what it has started were killed.
 * @example
 * import { partialDeepStrictEqual } from 'node:assert/strict';
 * import { runShell } from '@ephemetry/testing';
 *
 * partialDeepStrictEqual(await runShell('echo a; exit 3; echo b'), { code: 3, stdout: 'a\n' });
 */
export function runShell(
  script: string,
  options: Omit<ProgramOptions, 'execArgv' | 'args'> = {},
): Promise<Ended> {
  return superviseCommand({ path: 'sh', args: ['-e', '-c', script] }, options);
}
