/** Options of every verb about merges: which database, and how it is read. */
import { CLOCK_TOLERANCE_MS, SCHEMA_DEFAULTS } from '@ephemetry/merge-analyzer';
import { defaulted, type Options, optional } from '../command-line/option.ts';
import { text, wholeNumber } from '../command-line/readers.ts';

/** Where the merges are. */
export interface DatabaseValues {
  /** A connection string, or a directory; undefined for the environment's or the default. */
  readonly database: string | undefined;
  /** Where the orchestrator's tables are. */
  readonly schema: string;
  /** Where the analyzer keeps its own. */
  readonly ownSchema: string;
  /** How far the times of merges may disagree. */
  readonly clockToleranceMs: number;
}

/** A year: no clock is off by more. */
const MOST_TOLERANCE_MS = 31_536_000_000;

export const DATABASE_OPTIONS: Options<DatabaseValues> = {
  database: optional(
    'place',
    'postgres://…, host=… dbname=… or a directory',
    text,
    'EPHEMETRY_MERGES_DATABASE, else ~/.local/state/ephemetry/merges',
  ),
  schema: defaulted('name', "schema of the orchestrator's tables", text, SCHEMA_DEFAULTS.orchestratorSchema),
  ownSchema: defaulted('name', "schema of the analyzer's own tables", text, SCHEMA_DEFAULTS.ownSchema),
  clockToleranceMs: defaulted(
    'number',
    'a merge whose time is off by more than this is left out',
    wholeNumber(0, MOST_TOLERANCE_MS),
    CLOCK_TOLERANCE_MS,
  ),
};

export const DATABASE_HELP =
  'The database is PostgreSQL (postgres://user@host:port/database) or a directory of the embedded PGlite. A directory is for one process at a time.';
