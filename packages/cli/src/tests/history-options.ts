/** Options of the verbs that use the history of test runs. Loads no database. */
import { resolve } from 'node:path';
import { FLAKY_WINDOW_DAYS, KEPT_DAYS } from '@ephemetry/test-results';
import { type Option, optional } from '../command-line/option.ts';
import { text, wholeNumber } from '../command-line/readers.ts';

/** Names the history where no option does: a password in an argument is in the list of processes. */
export const HISTORY_VARIABLE = 'EPHEMETRY_TESTS_HISTORY';

export const HISTORY: Option<string | undefined> = optional(
  'place',
  'where runs are remembered: a directory, or postgres://…',
  text,
  HISTORY_VARIABLE,
);

/** `--window`. */
export const WINDOW: Option<number | undefined> = optional(
  'days',
  'how long a test that flipped counts as flaky',
  wholeNumber(1, KEPT_DAYS),
  String(FLAKY_WINDOW_DAYS),
);

/** The place that is given or set; undefined where there is none. */
export function historyPlace(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const place = given ?? env[HISTORY_VARIABLE];
  return place === undefined || place === '' ? undefined : place;
}

/** The path of a history that is a directory or a file, for whoever must tell its files from others. */
export function historyPath(place: string): string | undefined {
  return /^[a-z]+:\/\//i.test(place) ? undefined : resolve(place.replace(/^sqlite:/, ''));
}
