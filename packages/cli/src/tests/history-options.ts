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

/** The paths of a history in a directory or a file, for whoever must tell its files from others; none of a server's. */
export function historyPaths(place: string): readonly string[] {
  const given = place.trim();
  if (/^[a-z]+:\/\/(?!\/)/i.test(given)) return [];
  const path = resolve(given.replace(/^(sqlite|pglite):/i, '').replace(/^\/\/\//, '/'));
  // A program that was killed leaves these beside a file.
  return [path, `${path}-wal`, `${path}-shm`];
}
