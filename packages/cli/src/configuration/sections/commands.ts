/** `commands`: jobs that run now and then. */
import { durationMs } from '../shape/number.ts';
import { byName, type Named, record, required } from '../shape/record.ts';
import type { Shape } from '../shape/shape.ts';
import { LABEL_NAME } from '../shape/text.ts';

/** A job that somebody else starts. */
export interface Command {
  readonly name: string;
  /** How often it should end well. */
  readonly everyMs: number;
}

/** What the section says. */
export interface GivenCommand {
  readonly every: number;
}

/** The section. */
export const COMMANDS: Shape<readonly Named<GivenCommand>[]> = byName(
  LABEL_NAME,
  record<GivenCommand>({
    every: required('how often it should end well, such as 24h', durationMs('1s', '366d')),
  }),
);

/** What was read whole, as commands. */
export function commandOf({ name, value }: Named<GivenCommand>): readonly Command[] {
  return value === undefined ? [] : [{ name, everyMs: value.every }];
}
