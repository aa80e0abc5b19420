/** `expect` of a target: what makes an answer the right one. */
import type { HttpExpectation, JsonValue, StatusRange } from '@ephemetry/health';
import { type Given, shown } from '../given.ts';
import { list } from '../shape/list.ts';
import { optional, record } from '../shape/record.ts';
import type { Shape } from '../shape/shape.ts';
import { text } from '../shape/text.ts';

const STATUS_ALLOWED = 'a status such as 200, 2xx or 200-299';

const status: Shape<StatusRange> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 100, maximum: 599 },
      { type: 'string', pattern: '^[1-5](xx|[0-9]{2}(-[1-5][0-9]{2})?)$' },
    ],
  },
  read: (given, place, refuse) => {
    const range = given.kind === 'scalar' ? parseStatus(String(given.value)) : undefined;
    if (range !== undefined) return range;
    refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed: STATUS_ALLOWED });
    return undefined;
  },
};

function parseStatus(given: string): StatusRange | undefined {
  if (/^[1-5]xx$/.test(given)) return { from: Number(`${given[0]}00`), to: Number(`${given[0]}99`) };
  if (!/^[1-5][0-9]{2}(-[1-5][0-9]{2})?$/.test(given)) return undefined;
  const [from, to = from] = given.split('-').map(Number);
  return from === undefined || to === undefined || from > to ? undefined : { from, to };
}

const several = list(status, { least: 1, most: 16 });

const statuses: Shape<readonly StatusRange[]> = {
  schema: { anyOf: [status.schema, several.schema] },
  read: (given, place, refuse) => {
    if (given.kind === 'list') return several.read(given, place, refuse);
    const one = status.read(given, place, refuse);
    return one === undefined ? undefined : [one];
  },
};

/** Wrapped, as null is a value here. */
interface Wrapped {
  readonly json: JsonValue;
}

const json: Shape<Wrapped> = {
  schema: {},
  read: (given, place, refuse) => {
    const value = jsonOf(given);
    if (value !== undefined) return { json: value };
    refuse({ line: given.line, place, problem: 'holds a number that JSON cannot say', allowed: 'JSON' });
    return undefined;
  },
};

function jsonOf(given: Given): JsonValue | undefined {
  switch (given.kind) {
    case 'scalar':
      return typeof given.value === 'number' && !Number.isFinite(given.value) ? undefined : given.value;
    case 'list': {
      const items = given.items.map(jsonOf);
      const whole = items.filter((item) => item !== undefined);
      return whole.length === items.length ? whole : undefined;
    }
    case 'mapping': {
      const entries = given.entries.map(({ key, value }) => [key, jsonOf(value)] as const);
      const whole = entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
      return whole.length === entries.length ? Object.fromEntries(whole) : undefined;
    }
  }
}

interface GivenExpectation {
  readonly status: readonly StatusRange[] | undefined;
  readonly text: string | undefined;
  readonly json: Wrapped | undefined;
}

const given: Shape<GivenExpectation> = record<GivenExpectation>({
  status: optional(`${STATUS_ALLOWED}, or a list of these; 2xx unless given`, statuses),
  text: optional('a text that the answer contains', text(4096)),
  json: optional(
    'JSON that the answer contains: of mappings the given keys, of all else the same value',
    json,
  ),
});

/** The section. */
export const EXPECTATION: Shape<HttpExpectation> = {
  schema: given.schema,
  read: (value, place, refuse) => {
    const read = given.read(value, place, refuse);
    if (read === undefined) return undefined;
    return {
      ...(read.status === undefined ? {} : { status: read.status }),
      ...(read.text === undefined ? {} : { text: read.text }),
      ...(read.json === undefined ? {} : { json: read.json.json }),
    };
  },
};
