/** `rows`: what a target of the stack (an objective that a board shows) applies to. */

import { present } from '../../command-line/present.ts';
import { byName, isGiven, type Named, optional, record } from '../shape/record.ts';
import { type Located, located, type Shape } from '../shape/shape.ts';
import { LABEL_NAME, name, nameRule, text } from '../shape/text.ts';

/** An objective, with what it applies to: all of it must hold. */
export interface Row extends Readonly<Partial<Record<RowKey, string>>> {
  readonly name: string;
}

/** By what a row may choose. */
export const ROW_KEYS = ['class', 'target', 'network', 'suite', 'repository', 'command'] as const;
export type RowKey = (typeof ROW_KEYS)[number];

/** What the section says. */
export type GivenRow = Readonly<Record<RowKey, Located<string> | undefined>>;

const ROW_NAME = nameRule('[a-z][a-z0-9_]*', 64, 'small letters, digits and _ (a letter first)');
const declared = located(name(LABEL_NAME));

const fields: Shape<GivenRow> = record<GivenRow>({
  class: optional('targets of this class', declared),
  target: optional('this target', declared),
  network: optional('targets of this network', declared),
  suite: optional('this suite', declared),
  repository: optional('this repository', located(text(140))),
  command: optional('this command', declared),
});

/** The section. */
export const ROWS: Shape<readonly Named<GivenRow>[]> = byName(ROW_NAME, {
  schema: fields.schema,
  read: (given, place, refuse) => {
    const read = fields.read(given, place, refuse);
    if (read !== undefined && !ROW_KEYS.some((key) => isGiven(given, key))) {
      refuse({
        line: given.line,
        place,
        problem: 'says nothing',
        allowed: `one or more of ${ROW_KEYS.join(', ')}`,
      });
    }
    return read;
  },
});

/** What was read whole, as rows. */
export function rowOf({ name, value }: Named<GivenRow>): Row {
  const chosen = ROW_KEYS.map((key) => [key, value?.[key]?.value] as const);
  return { name, ...present(Object.fromEntries(chosen)) };
}
