/**
 * What a verb prints with `--json`, as JSON Schema. The reference page and the schema files are made from it, and tests
 * hold real output against it, so properties that it does not name are not allowed.
 *
 * @see https://json-schema.org/draft/2020-12
 */

/** The part of JSON Schema that is needed here. */
export type JsonSchema = { readonly description?: string } & (
  | { readonly type: 'string'; readonly enum?: readonly string[] }
  | { readonly type: 'integer' | 'number' | 'boolean' | 'null' }
  | { readonly type: 'array'; readonly items: JsonSchema }
  | ObjectSchema
  | { readonly anyOf: readonly JsonSchema[] }
);

interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  readonly additionalProperties: false | JsonSchema;
}

/** A property that may be missing. */
export interface MaybeMissing {
  readonly maybe: JsonSchema;
}

/** Properties of an object. */
export type Properties = Readonly<Record<string, JsonSchema | MaybeMissing>>;

export function integer(description: string): JsonSchema {
  return { type: 'integer', description };
}

export function number(description: string): JsonSchema {
  return { type: 'number', description };
}

export function boolean(description: string): JsonSchema {
  return { type: 'boolean', description };
}

export function string(description: string): JsonSchema {
  return { type: 'string', description };
}

/** One of a few words. */
export function word(description: string, words: readonly string[]): JsonSchema {
  return { type: 'string', enum: words, description };
}

export function list(description: string, items: JsonSchema): JsonSchema {
  return { type: 'array', items, description };
}

/** Null where there is nothing to say. */
export function nullable(schema: JsonSchema): JsonSchema {
  const { description, ...rest } = schema;
  return { anyOf: [rest, { type: 'null' }], ...(description === undefined ? {} : { description }) };
}

/** Missing where there is nothing to say. */
export function maybe(schema: JsonSchema): MaybeMissing {
  return { maybe: schema };
}

/** An object with these properties and no others. */
export function object(description: string, properties: Properties): JsonSchema {
  const entries = Object.entries(properties);
  return {
    type: 'object',
    description,
    properties: Object.fromEntries(
      entries.map(([key, schema]) => [key, 'maybe' in schema ? schema.maybe : schema]),
    ),
    required: entries.flatMap(([key, schema]) => ('maybe' in schema ? [] : [key])),
    additionalProperties: false,
  };
}

/** An object whose keys are names that others chose. */
export function byName(description: string, values: JsonSchema): JsonSchema {
  return { type: 'object', description, properties: {}, required: [], additionalProperties: values };
}

/** A line is one of these. */
export function either(description: string, ...schemas: readonly JsonSchema[]): JsonSchema {
  return { anyOf: schemas, description };
}
