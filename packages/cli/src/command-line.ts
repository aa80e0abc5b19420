/** Reads the arguments and runs the verb they name. A verb is loaded when it is named: `--help` needs none of them. */
import { findVerb, type ListedVerb, refuseWord, verbsBelow } from './command-line/find-verb.ts';
import { groupHelp, verbHelp } from './command-line/help.ts';
import { withoutOldNames } from './command-line/old-names.ts';
import { firstPositional, readArguments } from './command-line/read-arguments.ts';
import { UsageFault } from './command-line/usage-fault.ts';
import type { Verb } from './command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from './exit-code.ts';
import { VERBS } from './generated/verbs.ts';
import { loadWithPackages, MissingPackage } from './optional-package.ts';
import type { Output } from './terminal/output.ts';
import { VERSION } from './version.ts';

/**
 * Runs one command line.
 *
 * @param given without the program's name
 * @returns the exit code; the caller exits
 */
export async function runCommandLine(given: readonly string[], output: Output): Promise<ExitCode> {
  const { args, notice } = withoutOldNames(given);
  if (notice !== undefined) output.printError(`${notice}\n`);
  try {
    const named = findVerb(args, VERBS);
    if (named.kind === 'group') return runGroup(named.name, named.rest, output);
    return await runVerb(named.listed, named.rest, output);
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    for (const line of error.message.split('\n')) output.printError(`${line}\n`);
    return EXIT_CODE.usage;
  }
}

/** Lists the verbs that there are, or refuses a word that is none of them. */
function runGroup(name: string, [word]: readonly string[], output: Output): ExitCode {
  if (name === '' && (word === '--version' || word === '-V')) output.print(`${VERSION}\n`);
  else if (word === '--help' || word === '-h') output.printLines(groupHelp(name, VERBS, widthOf(output)));
  else refuseWord(name, word, VERBS);
  return EXIT_CODE.done;
}

async function runVerb(listed: ListedVerb, args: readonly string[], output: Output): Promise<ExitCode> {
  let verb: Verb;
  try {
    verb = await loadWithPackages(listed.load);
  } catch (error) {
    if (!(error instanceof MissingPackage)) throw error;
    output.printError(`${error.message}\n`);
    return EXIT_CODE.failed;
  }
  const below = verbsBelow(verb.name, VERBS);
  // Options may stand before the word: `merges --database here history`.
  const index = below.length === 0 ? undefined : firstPositional(verb, args);
  const longer = below.find(({ name }) => index !== undefined && name === `${verb.name} ${args[index]}`);
  if (longer !== undefined) return runVerb(longer, args.toSpliced(index ?? 0, 1), output);
  if (index !== undefined) refuseWord(verb.name, args[index], VERBS);
  const run = readArguments(verb, args);
  if (run !== undefined) return run(output);
  output.printLines(verbHelp(verb, below, widthOf(output)));
  return EXIT_CODE.done;
}

function widthOf(output: Output): number {
  return output.isTerminal ? output.size().columns : 80;
}
