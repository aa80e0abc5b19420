/** Options of the verbs that keep agent runs in a database. Loads none. */
import { dirname, join } from 'node:path';
import { defaultSpoolPlaces } from '@ephemetry/exporter/spool';
import { type Option, optional } from '../command-line/option.ts';
import { text } from '../command-line/readers.ts';

/** Names the database where no option does: a password in an argument is in the list of processes. */
const VARIABLE = 'EPHEMETRY_RUNS_DATABASE';

export const DATABASE: Option<string | undefined> = optional(
  'place',
  'where runs are kept: a directory, or postgres://…',
  text,
  `${VARIABLE}, else ~/.local/state/ephemetry/runs`,
);

export const DATABASE_HELP =
  'The database is a directory, in which DuckDB keeps one file, or PostgreSQL (postgres://user@host:port/database) for several machines.';

/** The place that is given, set or the default; undefined where there is no home for one. */
export function databasePlace(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const named = given ?? env[VARIABLE];
  if (named !== undefined && named.trim() !== '') return named;
  // A spool may fall back to temporary files; what is kept for months must not.
  const state = defaultSpoolPlaces(env).find(({ why }) => why !== 'temporary');
  return state === undefined ? undefined : join(dirname(state.path), 'runs');
}

/** What is said where there is none. */
export const NO_PLACE: string = `--database is missing, and neither XDG_STATE_HOME nor HOME is an absolute path; allowed: a directory or postgres://…, also in ${VARIABLE}`;
