/** Finds the verb that a command line names. */
import { nearest } from './nearest.ts';
import { UsageFault } from './usage-fault.ts';
import type { Verb } from './verb.ts';

/** A verb that is not loaded yet: what lists of verbs need of it. */
export interface ListedVerb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

/** What the words before the first option name. */
export type Named =
  | { readonly kind: 'verb'; readonly listed: ListedVerb; readonly rest: readonly string[] }
  /** Nothing, or the first word of several verbs. */
  | { readonly kind: 'group'; readonly name: string; readonly rest: readonly string[] };

/** The longest name that the arguments begin with. */
export function findVerb(args: readonly string[], verbs: readonly ListedVerb[]): Named {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const words = firstOption === -1 ? args : args.slice(0, firstOption);
  for (let length = words.length; length > 0; length -= 1) {
    const name = words.slice(0, length).join(' ');
    const listed = verbs.find((verb) => verb.name === name);
    const rest = args.slice(length);
    if (listed !== undefined) return { kind: 'verb', listed, rest };
    if (verbsBelow(name, verbs).length > 0) return { kind: 'group', name, rest };
  }
  return { kind: 'group', name: '', rest: args };
}

/** The verbs whose names begin with these words and go on. */
export function verbsBelow(name: string, verbs: readonly ListedVerb[]): readonly ListedVerb[] {
  return name === '' ? verbs : verbs.filter((verb) => verb.name.startsWith(`${name} `));
}

/** The words that may follow. */
function nextWords(name: string, verbs: readonly ListedVerb[]): readonly string[] {
  const below = verbsBelow(name, verbs).map((verb) => verb.name.slice(name === '' ? 0 : name.length + 1));
  return [...new Set(below.map((rest) => rest.split(' ')[0] ?? ''))];
}

/** @throws {UsageFault} always: what follows the group is none of its verbs */
export function refuseWord(group: string, word: string | undefined, verbs: readonly ListedVerb[]): never {
  const words = nextWords(group, verbs);
  const allowed = `allowed verbs: ${words.join(', ')}; ${['ephemetry', group, '--help'].filter(Boolean).join(' ')} tells more`;
  if (word === undefined) throw new UsageFault(`error: a verb is missing\n${allowed}`);
  if (word.startsWith('-')) {
    const meant = group === '' && word === '-v' ? '; did you mean -V?' : '';
    throw new UsageFault(`error: unknown option ${word.split('=')[0]}${meant}\n${allowed}`);
  }
  const meant = nearest(word, words);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new UsageFault(`error: unknown verb ${JSON.stringify(word)}${hint}\n${allowed}`);
}
