/** Reads the arguments and runs the verb they name. A verb is loaded when it is named: `--help` needs none of them. */
import { findVerb, type ListedVerb, type Named, refuseWord } from './command-line/find-verb.ts';
import { groupHelp } from './command-line/help.ts';
import { withoutOldNames } from './command-line/old-names.ts';
import { runVerb } from './command-line/run-verb.ts';
import { UsageFault } from './command-line/usage-fault.ts';
import { EXIT_CODE, type ExitCode } from './exit-code.ts';
import { VERSION } from './generated/version.ts';
import type { Output } from './terminal/output.ts';

/**
 * Runs one command line.
 *
 * @param given without the program's name
 * @param verbs all whose names may begin as the arguments do
 * @returns the exit code; the caller exits
 */
export async function runCommandLine(
  given: readonly string[],
  verbs: readonly ListedVerb[],
  output: Output,
): Promise<number> {
  const { args, notice } = withoutOldNames(given[0] === 'help' ? [...given.slice(1), '--help'] : given);
  if (notice !== undefined) output.printError(`${notice}\n`);
  try {
    const named = findVerb(args, verbs);
    if (named.kind === 'group') return runGroup(named, verbs, output);
    return await runVerb(named.listed, named.rest, verbs, output);
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    for (const line of error.message.split('\n')) output.printError(`${line}\n`);
    return error.exitCode;
  }
}

/** Lists the verbs that there are, or refuses a word that is none of them. */
function runGroup(
  { name, rest: [word] }: Pick<Named, 'rest'> & { readonly name: string },
  verbs: readonly ListedVerb[],
  output: Output,
): ExitCode {
  if (name === '' && (word === '--version' || word === '-V')) output.print(`${VERSION}\n`);
  else if (word === '--help' || word === '-h') output.printLines(groupHelp(name, verbs, output.columns()));
  else if (name === '' && word === undefined) return tellUsage(verbs, output);
  else refuseWord(name, word, verbs);
  return EXIT_CODE.done;
}

/** The list of verbs, of somebody who typed none. */
function tellUsage(verbs: readonly ListedVerb[], output: Output): ExitCode {
  for (const line of groupHelp('', verbs, output.columns())) output.printError(`${line}\n`);
  return EXIT_CODE.usage;
}
