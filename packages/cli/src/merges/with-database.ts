/** Opens the database of a verb about merges, and turns what goes wrong with it into a sentence and an exit code. */
import {
  type AnalyzerDatabase,
  ConfigurationChangedError,
  createOrchestratorTables,
  DirectoryInUse,
  hasPgliteDatabase,
  type MergeAnalyzer,
  type MergeAnalyzerOptions,
  MissingRightsError,
  OrchestratorSchemaError,
  OtherOutboxError,
  OtherOwnSchemaError,
  OwnSchemaVersionError,
  openMergeAnalyzer,
  openPglite,
  openPostgresql,
  PgliteDirectoryError,
  PrunedOutboxError,
} from '@ephemetry/merge-analyzer';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { hideSecrets } from './connection-string.ts';
import { describeConnectionFault } from './connection-words.ts';
import type { DatabaseValues } from './database-options.ts';
import { type DatabasePlace, describePlace, findDatabase } from './database-place.ts';

/** The embedded database that a command needs is not there. */
class NoDatabase extends Error {
  override readonly name = 'NoDatabase';
}

/**
 * Runs a command on the database and closes it.
 *
 * @param mayCreate whether an embedded database that is not there is made, with the orchestrator's tables
 */
export async function withDatabase(
  options: DatabaseValues,
  output: Output,
  mayCreate: boolean,
  run: (database: AnalyzerDatabase, place: DatabasePlace) => Promise<ExitCode>,
): Promise<ExitCode> {
  let place: DatabasePlace | undefined;
  try {
    place = findDatabase(options.database, process.env);
    if (place.notice !== undefined) output.printError(`${place.notice}\n`);
    const database = await openDatabase(place, options, mayCreate, output);
    try {
      return await run(database, place);
    } finally {
      await database.close();
    }
  } catch (error) {
    // The analyzer and the place refuse arguments, such as a scope that a rate does not have.
    if (error instanceof RangeError) {
      output.printError(`${error.message}\n`);
      return EXIT_CODE.usage;
    }
    const reason = describeFault(error);
    if (reason === undefined) throw error;
    const where = place === undefined ? '' : ` (database ${describePlace(place)}, ${place.why})`;
    const shown = place?.kind === 'postgresql' ? hideSecrets(reason, place.url) : reason;
    output.printError(`${shown}${where}\n`);
    return EXIT_CODE.failed;
  }
}

/** Opens the analyzer as the options say. */
export function openAnalyzer(database: AnalyzerDatabase, options: DatabaseValues): Promise<MergeAnalyzer> {
  return openMergeAnalyzer(database, analyzerOptions(options));
}

/** What of the options is the analyzer's. */
export function analyzerOptions({ clockToleranceMs }: DatabaseValues): MergeAnalyzerOptions {
  return { clockToleranceMs };
}

async function openDatabase(
  place: DatabasePlace,
  { schema, ownSchema }: DatabaseValues,
  mayCreate: boolean,
  output: Output,
): Promise<AnalyzerDatabase> {
  const schemas = { orchestratorSchema: schema, ownSchema };
  if (place.kind === 'postgresql') return openPostgresql({ url: place.url, ...schemas });
  const { directory } = place;
  // PGlite makes a database wherever it is pointed at: a misspelled path would be an empty history.
  if (!mayCreate && !hasPgliteDatabase(directory)) {
    throw new NoDatabase(
      'there is no database yet: `ephemetry merges import <file>` makes one; for PostgreSQL give --database postgres://…',
    );
  }
  if (!hasPgliteDatabase(directory))
    output.printError(`there is no database in ${directory} yet; making one\n`);
  const prepare = mayCreate ? { prepare: createOrchestratorTables } : {};
  const database = openPglite({ pglite: directory, ...schemas, ...prepare });
  if (mayCreate) await createOrchestratorTables(database);
  return database;
}

/** Undefined for what is no fault of the database or its place: a bug, which keeps its stack. */
function describeFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const connectionFault = describeConnectionFault(error);
  if (connectionFault !== undefined) return connectionFault;
  if (error instanceof OrchestratorSchemaError || error instanceof NoDatabase) return error.message;
  if (error instanceof MissingRightsError || error instanceof OtherOwnSchemaError) return error.message;
  if (error instanceof OtherOutboxError || error instanceof OwnSchemaVersionError) return error.message;
  if (error instanceof DirectoryInUse || error instanceof PgliteDirectoryError) return error.message;
  if (error instanceof PrunedOutboxError || error instanceof ConfigurationChangedError) return error.message;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[0-9A-Z]{5}$/.test(code)) return `the database refuses: ${error.message} (SQLSTATE ${code})`;
  if (/^E[A-Z]+$/.test(code)) return error.message;
  return undefined;
}
