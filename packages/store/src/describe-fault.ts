/** What an engine's error says about the place, if it says anything: a mistake in a statement is a bug, and stays an error. */
import { DirectoryInUse } from './directory-lock/directory-lock.ts';
import { PgliteDirectoryError } from './pglite/pglite-directory.ts';
import { connectionFault, isLoginRefused } from './postgresql/connection-fault.ts';
import { type Refusal, Refused } from './refusal.ts';
import { SqliteBusy, sqliteCode } from './sqlite/sqlite-session.ts';
import { TurnTimeout } from './turns.ts';

/** SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
const SQLITE_KINDS: ReadonlyMap<number, 'not-a-database' | 'storage' | 'busy'> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [8, 'storage'], // read-only
  [10, 'storage'], // input, output
  [11, 'not-a-database'], // malformed
  [13, 'storage'], // full
  [14, 'storage'], // cannot open
  [26, 'not-a-database'],
]);

/** SQLSTATEs. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SQLSTATES: readonly (readonly [RegExp, 'busy' | 'not-allowed' | 'storage'])[] = [
  [/^(55P03|40P01|40001)$/, 'busy'],
  [/^(42501|28...|3D000|25006)$/, 'not-allowed'],
  [/^(53100|58...)$/, 'storage'],
];

/**
 * Why a database cannot be used, of an error that opening it or a query threw.
 *
 * @param shown the place, without its password
 * @returns undefined for an error of the question, such as a table that is not there.
 */
export function describeFault(error: unknown, shown: string): Refusal | undefined {
  if (error instanceof Refused) return error.refusal;
  if (!(error instanceof Error)) return undefined;
  if (error instanceof SqliteBusy || error instanceof TurnTimeout)
    return { kind: 'busy', message: error.message };
  if (error instanceof DirectoryInUse) return { kind: 'busy', message: error.message };
  if (error instanceof PgliteDirectoryError) {
    return { kind: error.isDiskFull ? 'storage' : 'not-a-database', message: error.message };
  }
  const kind = kindOf(error);
  return kind === undefined ? undefined : { kind, message: `${shown} ${WORDS[kind]}: ${messageOf(error)}` };
}

type Kind = 'not-a-database' | 'storage' | 'busy' | 'not-allowed' | 'unreachable';

const WORDS: Readonly<Record<Kind, string>> = {
  'not-a-database': 'is not a database, or it is damaged',
  storage: 'cannot be read or written',
  busy: 'is in use by another program',
  'not-allowed': 'refuses',
  unreachable: 'cannot be reached',
};

/** DuckDB's errors have words only. */
const DUCKDB_MESSAGES: readonly (readonly [RegExp, Kind])[] = [
  [/^IO Error: Could not set lock on file/, 'busy'],
  [
    /not a valid DuckDB database file|^Serialization Error|^IO Error: .*(corrupt|checksum)/i,
    'not-a-database',
  ],
  [/^IO Error|^Out of Memory Error: failed to offload|No space left/i, 'storage'],
];

function kindOf(error: Error): Kind | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const sqlstate = SQLSTATES.find(([pattern]) => pattern.test(code))?.[1];
  if (sqlstate !== undefined) return sqlstate;
  if (isLoginRefused(error)) return 'not-allowed';
  if (connectionFault(error) !== undefined) return 'unreachable';
  return (
    SQLITE_KINDS.get(sqliteCode(error) ?? 0) ??
    DUCKDB_MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1]
  );
}

/** Of several addresses that were tried: the first. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError) || error.message !== '') return error.message;
  const [first] = error.errors;
  return first instanceof Error ? first.message : String(first);
}
