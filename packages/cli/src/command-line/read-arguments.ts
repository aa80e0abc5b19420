/** Sorts what was typed after a verb's name: texts by the keys of its options. */
import { parseArgs } from 'node:util';
import { count } from '../terminal/counted.ts';
import { nearest } from './nearest.ts';
import { LIST_SEPARATOR, type Option } from './option.ts';
import { dashed, type Spelled, spelled } from './spelling.ts';
import { UsageFault } from './usage-fault.ts';
import type { Run, Verb } from './verb.ts';

/**
 * Reads the arguments of a verb.
 *
 * @returns what runs the verb; undefined when its help is asked for
 * @throws {UsageFault}
 */
export function readArguments(verb: Verb, args: readonly string[]): Run | undefined {
  const refuse = (reason: string): never => {
    throw new UsageFault(`error: ${reason}\nephemetry ${verb.name} --help tells more`);
  };
  const restKey = Object.entries(verb.options).find(([, { isRest }]) => isRest === true)?.[0];
  const { own, rest } = restKey === undefined ? { own: args, rest: [] } : splitRest(verb, args);
  const { named, positional } = tokensOf(verb, own);
  if (named.some(({ name }) => name === 'help')) return undefined;
  const texts = new Map<string, string>();
  for (const { name, text } of named) {
    const option = optionNamed(verb, name);
    if (option === undefined)
      throw new UsageFault(`error: ${unknownOption(verb, name)}\n${describeAllowed(verb)}`);
    const isFlag = option.option.value === undefined;
    if (isFlag && text !== undefined) return refuse(`${spelled(option)} takes no value`);
    if (!isFlag && text === undefined) return refuse(`${spelled(option)} needs a value`);
    texts.set(option.key, withEarlier(option, texts, text ?? ''));
  }
  if (restKey !== undefined && rest.length > 0) texts.set(restKey, rest.join(LIST_SEPARATOR));
  placeArguments(
    verb,
    positional.map(({ value }) => value),
    texts,
    refuse,
  );
  refuseConflicts(verb, texts, refuse);
  return verb.prepare(texts, (reason, key) => {
    if (key === undefined) return refuse(reason);
    return refuse(`${optionName(key, optionOf(verb, key))} is '${texts.get(key)}'; ${reason}`);
  });
}

/** The arguments up to `--` or to the first that is neither an option nor the value of one, and what comes then. */
function splitRest(
  verb: Verb,
  args: readonly string[],
): { readonly own: readonly string[]; readonly rest: readonly string[] } {
  const first = tokensOf(verb, args).positional[0]?.index;
  const dashes = args.indexOf('--');
  const isBehindDashes = dashes >= 0 && (first === undefined || dashes < first);
  if (isBehindDashes) return { own: args.slice(0, dashes), rest: args.slice(dashes + 1) };
  if (first === undefined) return { own: args, rest: [] };
  return { own: args.slice(0, first), rest: args.slice(first) };
}

/** Where the first argument is that is neither an option nor an option's value; undefined when there is none. */
export function firstPositional(verb: Verb, args: readonly string[]): number | undefined {
  return tokensOf(verb, args).positional[0]?.index;
}

interface NamedText {
  /** As typed, without dashes. */
  readonly name: string;
  /** Undefined where none was given. */
  readonly text: string | undefined;
}

/** What was typed as options, and what was not. Whatever follows an option that takes a value is its value. */
function tokensOf(
  verb: Verb,
  args: readonly string[],
): {
  readonly named: readonly NamedText[];
  readonly positional: readonly { readonly index: number; readonly value: string }[];
} {
  const known = namedOptions(verb).map(({ key, option: { value, short } }) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const);
    return [dashed(key), { type, ...(short === undefined ? {} : { short }) }] as const;
  });
  const { tokens } = parseArgs({
    args: args.map((arg) => (NEGATIVE_NUMBER.test(arg) ? `${NO_OPTION}${arg}` : arg)),
    strict: false,
    tokens: true,
    options: { ...Object.fromEntries(known), help: { type: 'boolean', short: 'h' } },
  });
  return {
    named: tokens.flatMap((token) =>
      token.kind === 'option' ? [{ name: token.name, text: plain(token.value) }] : [],
    ),
    positional: tokens.flatMap((token) =>
      token.kind === 'positional' ? [{ index: token.index, value: plain(token.value) }] : [],
    ),
  };
}

/** A value like any other; no option is a digit. */
const NEGATIVE_NUMBER = /^-\.?[0-9]/;
/** Arguments cannot hold it. */
const NO_OPTION = '\0';

function plain<Text extends string | undefined>(text: Text): Text;
function plain(text: string | undefined): string | undefined {
  return text?.startsWith(NO_OPTION) === true ? text.slice(NO_OPTION.length) : text;
}

/** Of an option that may be repeated all texts count, of any other the last one. */
function withEarlier({ key, option }: Spelled, texts: ReadonlyMap<string, string>, text: string): string {
  const earlier = option.isRepeatable === true ? texts.get(key) : undefined;
  return earlier === undefined ? text : `${earlier}${LIST_SEPARATOR}${text}`;
}

function placeArguments(
  verb: Verb,
  positional: readonly string[],
  texts: Map<string, string>,
  refuse: (reason: string) => never,
): void {
  const places = Object.entries(verb.options).filter(
    ([, { isArgument, isRest }]) => isArgument === true && isRest !== true,
  );
  const takesAll = places.at(-1)?.[1].isRepeatable === true;
  const extra = takesAll ? undefined : positional[places.length];
  if (extra !== undefined)
    refuse(
      `${verb.name} takes ${places.length === 0 ? 'no arguments' : count(places.length, 'argument', 'arguments')}; ${JSON.stringify(extra)} is unexpected`,
    );
  for (const [index, [key]] of places.entries()) {
    const isLast = index === places.length - 1;
    const all = positional.slice(index).join(LIST_SEPARATOR);
    const text = isLast && takesAll && positional.length > index ? all : positional[index];
    if (text !== undefined) texts.set(key, text);
  }
  for (const [key, option] of Object.entries(verb.options))
    if (option.isRequired === true && !texts.has(key)) {
      refuse(`${spelled({ key, option })} is missing`);
    }
}

function refuseConflicts(
  verb: Verb,
  texts: ReadonlyMap<string, string>,
  refuse: (reason: string) => never,
): void {
  for (const { key, option } of namedOptions(verb))
    for (const other of option.conflicts ?? [])
      if (texts.has(key) && texts.has(other))
        refuse(`--${dashed(key)} cannot be given with --${dashed(other)}`);
}

/** `--spool-dir`, `<file>`. */
function optionName(key: string, option: Option<unknown>): string {
  return option.isArgument === true ? spelled({ key, option }) : `--${dashed(key)}`;
}

function unknownOption(verb: Verb, name: string): string {
  const names = namedOptions(verb).map(({ key }) => dashed(key));
  const typed = name.length === 1 ? `-${name}` : `--${name}`;
  const meant = nearest(name, names);
  return `unknown option ${typed}${meant === undefined ? '' : `; did you mean --${meant}?`}`;
}

function describeAllowed(verb: Verb): string {
  const options = namedOptions(verb).map(({ key }) => `--${dashed(key)}`);
  return `allowed options: ${[...options, '--help'].join(', ')}; ephemetry ${verb.name} --help tells more`;
}

function namedOptions({ options }: Verb): readonly Spelled[] {
  return Object.entries(options)
    .filter(([, { isArgument }]) => isArgument !== true)
    .map(([key, option]) => ({ key, option }));
}

function optionNamed(verb: Verb, name: string): Spelled | undefined {
  return namedOptions(verb).find(({ key }) => dashed(key) === name);
}

function optionOf({ options }: Verb, key: string): Option<unknown> {
  const option = options[key];
  if (option === undefined) throw new TypeError(`there is no option ${key}`);
  return option;
}
