/**
 * A verb of the command as one value: what it is called, what it takes, what it says it does, and what it does. Help and
 * the reference page are made from it, so it is written nowhere else.
 */
import type { Output } from '../terminal/output.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Option, Options } from './option.ts';

/** What a verb's exit codes mean. That 2 stands for wrong arguments goes without saying. */
interface ExitMeanings {
  readonly done: string;
  readonly failed?: string;
  readonly waiting?: string;
  /** Further codes, in their order. */
  readonly others?: readonly (readonly [code: string, meaning: string])[];
}

/** A verb as its file declares it. */
export interface VerbDeclaration<Values> {
  /** What is typed, without `ephemetry`: `fab import`. The file is called so too. */
  readonly name: string;
  /** One sentence, for lists of verbs. */
  readonly summary: string;
  /** What a user should know before, in paragraphs of Markdown without markup but code. */
  readonly help: string;
  /** Command lines that can be pasted. */
  readonly examples: readonly string[];
  readonly exits: ExitMeanings;
  /** By name, in camel case: `spoolDir` is typed `--spool-dir`. */
  readonly options: Options<Values>;
  /** What a line of `--json` holds; a verb without it prints no JSON. */
  readonly json?: JsonSchema;
  /** The exit code of wrong arguments. @default 2 */
  readonly usageExitCode?: number;
  /** Says why these options do not go together; undefined when they do. */
  readonly fault?: (given: Values) => string | undefined;
  readonly run: (given: Values, output: Output) => number | Promise<number>;
}

/** A verb, whatever its options are. */
export interface Verb extends Omit<VerbDeclaration<unknown>, 'options' | 'run' | 'fault'> {
  readonly options: Readonly<Record<string, Option<unknown>>>;
  /**
   * Reads the texts that were given, by the keys of the options.
   *
   * @returns what runs the verb with them
   * @throws {InvalidValue} through `refuse`
   */
  readonly prepare: (texts: ReadonlyMap<string, string>, refuse: Refuse) => Run;
}

/** Runs a verb with the values that it was prepared with. */
export type Run = (output: Output) => number | Promise<number>;

/** Ends the command line: `reason` says what is wrong, with the option `key` if it is one option's value. */
export type Refuse = (reason: string, key?: string) => never;
