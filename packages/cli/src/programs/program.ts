/** A part of the command that is bundled by itself, so that it starts with few files. */
import type { ListedVerb } from '../command-line/find-verb.ts';
import type { Verb } from '../command-line/verb.ts';
import type { Output } from '../terminal/output.ts';

/** Runs one command line, without the program's name; returns the exit code. */
export type Program = (args: readonly string[], output: Output) => Promise<number>;

/** A verb that is there already, as lists have it. */
export function listed(verb: Verb): ListedVerb {
  return { name: verb.name, summary: verb.summary, load: async () => verb };
}
