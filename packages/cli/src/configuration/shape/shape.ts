/**
 * What a part of the file may say, as one declaration: how it is read, and what an editor is told of it.
 *
 *     const suite = record('a suite', { max_age: optionalField(duration(...)), ... });
 *     suite.read(given, 'suites.hermes', refuse)  // { max_age: 93600000 }, or undefined after refuse()
 */
import type { ConfigurationFault } from '../fault.ts';
import type { Given } from '../given.ts';
import type { EditorSchema } from './editor-schema.ts';

/** Told of each fault; reading goes on, so that all are found at once. */
export type Refuse = (fault: ConfigurationFault) => void;

/** One part of the file. */
export interface Shape<Value> {
  readonly schema: EditorSchema;
  /**
   * @returns what could be read: undefined when nothing could, and without the optional parts that were refused. Whoever is told
   *   of a fault must not use it.
   */
  readonly read: (given: Given, place: string, refuse: Refuse) => Value | undefined;
}

/** A value with the place it stands in, for checks that need the whole file. */
export interface Located<Value> {
  readonly value: Value;
  readonly line: number;
  readonly place: string;
}

/** The same shape, whose value knows its place. */
export function located<Value>(shape: Shape<Value>): Shape<Located<Value>> {
  return {
    schema: shape.schema,
    read: (given, place, refuse) => {
      const value = shape.read(given, place, refuse);
      return value === undefined ? undefined : { value, line: given.line, place };
    },
  };
}

/** The same shape, made into something else, or refused: `make` returns a value or says what is wrong. */
export function mapped<From, To>(
  shape: Shape<From>,
  make: (value: From) => { readonly value: To } | { readonly problem: string; readonly allowed: string },
): Shape<To> {
  return {
    schema: shape.schema,
    read: (given, place, refuse) => {
      const value = shape.read(given, place, refuse);
      if (value === undefined) return undefined;
      const made = make(value);
      if ('value' in made) return made.value;
      refuse({ line: given.line, place, ...made });
      return undefined;
    },
  };
}
