/** Options and arguments of a verb as data: what is given becomes a value of a known type, or a fault that says what is allowed. */

/** One option or argument. */
export interface Option<Value> {
  /** What stands for the value in help, such as `number`; missing for a flag. */
  readonly value?: string;
  readonly help: string;
  /** The default, as help shows it; missing where there is none. */
  readonly fallback?: string;
  /** Whether it is told by its place and not by its name. @default false */
  readonly isArgument?: boolean;
  /** Whether it takes all that is left: what stands behind `--`, or from the first word on that is no option. @default false */
  readonly isRest?: boolean;
  /** Whether it may be given several times; its texts come joined by {@link LIST_SEPARATOR}. @default false */
  readonly isRepeatable?: boolean;
  /** A letter that it may be typed as: `-a`. @default none */
  readonly short?: string;
  /** Whether it must be given. @default false */
  readonly isRequired?: boolean;
  /** Options, by their key, that cannot be given beside this one. @default none */
  readonly conflicts?: readonly string[];
  /**
   * @param text what was given, empty for a flag; undefined when nothing was
   * @throws {InvalidValue}
   */
  readonly read: (text: string | undefined) => Value;
}

/** The options of a verb whose handler is given `Values`. */
export type Options<Values> = { readonly [Key in keyof Values]: Option<Values[Key]> };

/** What is given is not allowed; the message says what is. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}

/** Turns text into a value, or throws an {@link InvalidValue}. */
export type Reader<Value> = (text: string) => Value;

/** On when it is named. */
export function flag(
  help: string,
  { conflicts = [] }: Pick<Option<boolean>, 'conflicts'> = {},
): Option<boolean> {
  return { help, conflicts, read: (text) => text !== undefined };
}

/**
 * A value that may be missing.
 *
 * @param value what stands for it in help
 * @param absence what happens then, as help shows it
 */
export function optional<Value>(
  value: string,
  help: string,
  reader: Reader<Value>,
  absence?: string,
): Option<Value | undefined> {
  const fallback = absence === undefined ? {} : { fallback: absence };
  return { value, help, ...fallback, read: (text) => (text === undefined ? undefined : reader(text)) };
}

/** A value with a default. */
export function defaulted<Value extends string | number>(
  value: string,
  help: string,
  reader: Reader<Value>,
  fallback: Value,
): Option<Value> {
  return {
    value,
    help,
    fallback: String(fallback),
    read: (text) => (text === undefined ? fallback : reader(text)),
  };
}

/** A value that must be given. */
export function required<Value>(value: string, help: string, reader: Reader<Value>): Option<Value> {
  return {
    value,
    help,
    isRequired: true,
    read: (text) => {
      // The command line asks for it before anything is read.
      if (text === undefined) throw new InvalidValue('it is missing');
      return reader(text);
    },
  };
}

/** The same option, told by its place. */
export function argument<Value>(option: Option<Value>): Option<Value> {
  return { ...option, isArgument: true };
}

/** Arguments cannot hold it, so that a list of them can be one text. */
export const LIST_SEPARATOR = '\0';

/**
 * Everything from the first word on that is no option, or behind `--`; what looks like options there is not ours.
 *
 * @param value what stands for it in help
 */
export function rest(value: string, help: string): Option<readonly string[]> {
  return {
    ...required(value, help, (text) => text.split(LIST_SEPARATOR)),
    isArgument: true,
    isRest: true,
  };
}

/**
 * A value that may be given several times, or not at all.
 *
 * @param reader of each of them. @default any text
 */
export function repeated(
  value: string,
  help: string,
  reader: Reader<string> = (text) => text,
): Option<readonly string[]> {
  return {
    value,
    help,
    isRepeatable: true,
    read: (text) => (text === undefined ? [] : text.split(LIST_SEPARATOR).map(reader)),
  };
}
