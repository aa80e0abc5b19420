/** Mappings: with keys that are known, and with names that the deployment chooses. */
import { nearest } from '../../command-line/nearest.ts';
import { type Given, type GivenEntry, type GivenMapping, quoted, shown } from '../given.ts';
import type { EditorSchema } from './editor-schema.ts';
import type { Refuse, Shape } from './shape.ts';
import type { NameRule } from './text.ts';

/** A key of a record. */
export interface Field<Value> {
  readonly isRequired: boolean;
  readonly shape: Shape<Value>;
  /** One sentence for editors and the guide. */
  readonly description: string;
}

/** A key that must be given. */
export function required<Value>(description: string, shape: Shape<Value>): Field<Value> {
  return { isRequired: true, description, shape };
}

/** A key that may be left out. */
export function optional<Value>(description: string, shape: Shape<Value>): Field<Value | undefined> {
  return { isRequired: false, description, shape };
}

type Fields<Values> = { readonly [Key in keyof Values]: Field<Values[Key]> };

/** A mapping with these keys and no others. Keys that are left out are undefined. */
export function record<Values extends object>(fields: Fields<Values>): Shape<Values> {
  return {
    schema: recordSchema(fields),
    read: (given, place, refuse) => {
      const mapping = mappingOf(given, place, refuse, `a mapping with ${Object.keys(fields).join(', ')}`);
      if (mapping === undefined) return undefined;
      refuseUnknownKeys(mapping, fields, place, refuse);
      return readFields(mapping, fields, place, refuse);
    },
  };
}

function readFields<Values extends object>(
  mapping: GivenMapping,
  fields: Fields<Values>,
  place: string,
  refuse: Refuse,
): Values | undefined {
  const values: Partial<Values> = {};
  for (const key in fields) {
    const entry = mapping.entries.find((each) => each.key === key);
    if (entry !== undefined) {
      const value = fields[key].shape.read(entry.value, below(place, key), refuse);
      if (value !== undefined) values[key] = value;
    } else if (fields[key].isRequired && !mapping.refused.includes(key)) {
      const allowed = `${key}: ${fields[key].description}`;
      refuse({ line: mapping.line, place, problem: `has no ${key}`, allowed });
    }
  }
  return hasRequired(values, fields) ? values : undefined;
}

/** Whether this key is given, also when its value was refused. */
export function isGiven(given: Given, key: string): boolean {
  if (given.kind !== 'mapping') return false;
  return given.refused.includes(key) || given.entries.some((entry) => entry.key === key);
}

function hasRequired<Values extends object>(
  values: Partial<Values>,
  fields: Fields<Values>,
): values is Values {
  return Object.entries<Field<unknown>>(fields).every(
    ([key, { isRequired }]) => !isRequired || Object.hasOwn(values, key),
  );
}

function refuseUnknownKeys(mapping: GivenMapping, fields: object, place: string, refuse: Refuse): void {
  const keys = Object.keys(fields);
  for (const { key, line } of mapping.entries) {
    if (keys.includes(key)) continue;
    const meant = nearest(key, keys);
    const guess = meant === undefined ? '' : `; did you mean ${meant}?`;
    const problem = `is unknown${guess}`;
    refuse({ line, place: below(place, shortKey(key)), problem, allowed: keys.join(', ') });
  }
}

/** A name that the deployment chose, with what it says of it. */
export interface Named<Value> {
  readonly name: string;
  /** Where the name stands. */
  readonly line: number;
  readonly place: string;
  /** Undefined when what it says was refused: the name is declared all the same. */
  readonly value: Value | undefined;
}

/**
 * A mapping from names to values, in the order of the file.
 *
 * @param shapeOf what a name may say, where that depends on the name. @default `shape`
 */
export function byName<Value>(
  names: NameRule,
  shape: Shape<Value>,
  shapeOf: (name: string) => Shape<Value> = () => shape,
): Shape<readonly Named<Value>[]> {
  return {
    schema: { type: 'object', propertyNames: names.schema, additionalProperties: shape.schema },
    read: (given, place, refuse) => {
      const mapping = mappingOf(given, place, refuse, 'a mapping from names to what they are');
      return mapping?.entries.flatMap((entry) => readNamed(entry, names, shapeOf, place, refuse));
    },
  };
}

function readNamed<Value>(
  { key, line, value: given }: GivenEntry,
  names: NameRule,
  shapeOf: (name: string) => Shape<Value>,
  place: string,
  refuse: Refuse,
): readonly Named<Value>[] {
  const own = below(place, shortKey(key));
  if (!names.allows(key)) {
    refuse({ line, place, problem: `has the name ${quoted(key)}`, allowed: names.allowed });
    return [];
  }
  return [{ name: key, line, place: own, value: shapeOf(key).read(given, own, refuse) }];
}

function mappingOf(given: Given, place: string, refuse: Refuse, allowed: string): GivenMapping | undefined {
  if (given.kind === 'mapping') return given;
  refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed });
  return undefined;
}

function below(place: string, key: string): string {
  return place === '' ? key : `${place}.${key}`;
}

/** A key of any length and content, as a part of a place. */
function shortKey(key: string): string {
  return /^[\w./-]{1,64}$/.test(key) ? key : quoted(key);
}

function recordSchema(fields: Readonly<Record<string, Field<unknown>>> | object): EditorSchema {
  const entries = Object.entries<Field<unknown>>({ ...fields });
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([key, { shape, description }]) => [key, { ...shape.schema, description }]),
    ),
    required: entries.flatMap(([key, { isRequired }]) => (isRequired ? [key] : [])),
    additionalProperties: false,
  };
}
