/** Lists. */
import { shown } from '../given.ts';
import type { Shape } from './shape.ts';

/** A list of so many items at most. */
export function list<Value>(
  item: Shape<Value>,
  { least = 0, most }: { readonly least?: number; readonly most: number },
): Shape<readonly Value[]> {
  const allowed = `a list of ${least} to ${most} items`;
  return {
    schema: { type: 'array', items: item.schema, minItems: least, maxItems: most },
    read: (given, place, refuse) => {
      if (given.kind !== 'list') {
        refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed });
        return undefined;
      }
      if (given.items.length < least || given.items.length > most) {
        refuse({ line: given.line, place, problem: `has ${given.items.length} items`, allowed });
        return undefined;
      }
      return given.items
        .map((each, index) => item.read(each, `${place}[${index + 1}]`, refuse))
        .filter((value) => value !== undefined);
    },
  };
}

/** One item, or a list of them. */
export function oneOrMore<Value>(item: Shape<Value>, most: number): Shape<readonly Value[]> {
  const several = list(item, { least: 1, most });
  return {
    schema: { anyOf: [item.schema, several.schema] },
    read: (given, place, refuse) => {
      if (given.kind === 'list') return several.read(given, place, refuse);
      const value = item.read(given, place, refuse);
      return value === undefined ? undefined : [value];
    },
  };
}
