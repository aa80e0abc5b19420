/** Reads the arguments and runs the verb they name. A verb is loaded when it is named: `--help` needs none of them. */
import { findVerb, refuseWord } from './command-line/find-verb.ts';
import { groupHelp } from './command-line/help.ts';
import { withoutOldNames } from './command-line/old-names.ts';
import { UsageFault } from './command-line/usage-fault.ts';
import { EXIT_CODE, type ExitCode } from './exit-code.ts';
import { VERBS } from './generated/verbs.ts';
import { VERSION } from './generated/version.ts';
import type { Output } from './terminal/output.ts';

/**
 * Runs one command line.
 *
 * @param given without the program's name
 * @returns the exit code; the caller exits
 */
export async function runCommandLine(given: readonly string[], output: Output): Promise<number> {
  const { args, notice } = withoutOldNames(given[0] === 'help' ? [...given.slice(1), '--help'] : given);
  if (notice !== undefined) output.printError(`${notice}\n`);
  try {
    const named = findVerb(args, VERBS);
    if (named.kind === 'group') return runGroup(named.name, named.rest, output);
    const { runVerb } = await import('./command-line/run-verb.ts');
    return await runVerb(named.listed, named.rest, output);
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    for (const line of error.message.split('\n')) output.printError(`${line}\n`);
    return error.exitCode;
  }
}

/** Lists the verbs that there are, or refuses a word that is none of them. */
function runGroup(name: string, [word]: readonly string[], output: Output): ExitCode {
  if (name === '' && (word === '--version' || word === '-V')) output.print(`${VERSION}\n`);
  else if (word === '--help' || word === '-h') output.printLines(groupHelp(name, VERBS, output.columns()));
  else if (name === '' && word === undefined) return tellUsage(output);
  else refuseWord(name, word, VERBS);
  return EXIT_CODE.done;
}

/** The list of verbs, of somebody who typed none. */
function tellUsage(output: Output): ExitCode {
  for (const line of groupHelp('', VERBS, output.columns())) output.printError(`${line}\n`);
  return EXIT_CODE.usage;
}
