/** How many values a deployment may declare: by the contract, and by the section `limits` of its file. */
import { type LabelDefinition, METRIC_FAMILIES, type MetricFamily } from '@ephemetry/contract';
import { wholeNumber } from './shape/number.ts';
import { type Field, optional, record } from './shape/record.ts';
import type { Shape } from './shape/shape.ts';

/** More values of one label than this are no bounded label any more. */
const MOST = 1000;
/** What counts tests keeps the place of a category in one byte. */
const MOST_CATEGORIES = 255;

/** Label to its limit, of every label that a deployment declares. */
const CONTRACT_LIMITS: ReadonlyMap<string, number> = new Map(
  Object.values<MetricFamily>(METRIC_FAMILIES)
    .flatMap(({ labels }): readonly LabelDefinition[] => Object.values(labels))
    .flatMap(({ name, declared }) => (declared === undefined ? [] : [[name, declared.limit] as const])),
);

/** Rows are no label; their number is bounded all the same. */
export const ROW_LIMIT = 64;

const fields = Object.fromEntries(
  [...CONTRACT_LIMITS].map(([label, limit]): [string, Field<number | undefined>] => [
    label,
    optional(
      `how many values the label may have, ${limit} unless given`,
      wholeNumber(1, label === 'category' ? MOST_CATEGORIES : MOST),
    ),
  ]),
);

/** The section: by the name of the label. */
export const LIMITS: Shape<Readonly<Record<string, number | undefined>>> = record(fields);

/** The limit of each label with what the file says of it. */
export function limitsOf(given: Readonly<Record<string, number | undefined>>): ReadonlyMap<string, number> {
  return new Map([...CONTRACT_LIMITS].map(([label, limit]) => [label, given[label] ?? limit]));
}
