/** Loads the verb that is named, reads its arguments and runs it. */
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { describeMissing, loadWithPackages, MissingPackage } from '../optional-package.ts';
import type { Output } from '../terminal/output.ts';
import { type ListedVerb, refuseWord, verbsBelow } from './find-verb.ts';
import { groupHelp, verbHelp } from './help.ts';
import { firstPositional, readArguments } from './read-arguments.ts';
import { UsageFault } from './usage-fault.ts';
import type { Run, Verb } from './verb.ts';

/**
 * @param verbs among which those are whose names go on from this one's
 * @returns the verb's exit code
 * @throws {UsageFault} when its arguments are wrong
 */
export async function runVerb(
  listed: ListedVerb,
  args: readonly string[],
  verbs: readonly ListedVerb[],
  output: Output,
): Promise<number> {
  let verb: Verb;
  try {
    verb = await loadWithPackages(listed.load);
  } catch (error) {
    if (!(error instanceof MissingPackage)) throw error;
    return tellMissing(error, { listed, args, verbs }, output);
  }
  const below = verbsBelow(verb.name, verbs);
  // Options may stand before the word: `merges --database here history`.
  const index = below.length === 0 ? undefined : firstPositional(verb, args);
  const longer = below.find(({ name }) => index !== undefined && name === `${verb.name} ${args[index]}`);
  if (longer !== undefined) return runVerb(longer, args.toSpliced(index ?? 0, 1), verbs, output);
  if (index !== undefined && args[index] !== STANDARD_INPUT && !takesWords(verb))
    refuseWord(verb.name, args[index], verbs);
  const run = readOrRefuse(verb, args);
  if (run !== undefined) return run(output);
  output.printLines(verbHelp(verb, below, output.columns()));
  return EXIT_CODE.done;
}

/** The one argument that a verb with further verbs may have where it takes no words. */
const STANDARD_INPUT = '-';

/** Then a word that names no further verb is one of its arguments: `runs triage after.jsonl`. */
function takesWords({ options }: Verb): boolean {
  return Object.values(options).some((each) => each.isArgument === true && each.isRepeatable === true);
}

/** Where others tell the exit codes of a verb apart from those of what it runs, wrong arguments have one of their own. */
function readOrRefuse(verb: Verb, args: readonly string[]): Run | undefined {
  try {
    return readArguments(verb, args);
  } catch (error) {
    if (error instanceof UsageFault) error.exitCode = verb.usageExitCode ?? EXIT_CODE.usage;
    throw error;
  }
}

/** Its help shows what is known without the package. */
function tellMissing(
  missing: MissingPackage,
  { listed: { name, summary }, args, verbs }: Asked,
  output: Output,
): ExitCode {
  const isHelp = args.some((arg) => arg === '--help' || arg === '-h');
  const isGroup = verbsBelow(name, verbs).length > 0;
  const known = isGroup
    ? groupHelp(name, verbs, output.columns())
    : [`Usage: ephemetry ${name} [options]`, '', summary];
  if (isHelp) output.printLines(known);
  output.printError(`${describeMissing(missing, [...name.split(' '), ...args])}\n`);
  return isHelp ? EXIT_CODE.done : EXIT_CODE.failed;
}

interface Asked {
  readonly listed: ListedVerb;
  readonly args: readonly string[];
  readonly verbs: readonly ListedVerb[];
}
