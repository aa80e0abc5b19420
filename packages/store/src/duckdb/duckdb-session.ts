/** Statements on one connection of DuckDB. They run in threads of its own and do not block the program. */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  SQLNULL,
  StatementType,
  VARCHAR,
} from '@duckdb/node-api';
import { type Columns, type ColumnType, rowsOf } from '../column-values.ts';
import type { QueryResult, Session } from '../database.ts';

/** A session on a connection, which stays its owner's. */
export function createDuckdbSession(connection: DuckDBConnection): Session {
  return {
    query: async <Row>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> => {
      const bound = parameters.map(toBound);
      const reader = await connection.runAndReadAll(
        text,
        bound.map(({ value }) => value),
        bound.map(({ type }) => type),
      );
      // Of what shape the rows are is the caller's knowledge: Kysely's types, or those of a statement of ours.
      const rows = reader.getRowObjectsJS().map(withNumbers) as Row[];
      const isChange = CHANGES.has(reader.statementType);
      const hasRows = isChange && !isCount(rows);
      return {
        rows: isChange && !hasRows ? [] : rows,
        affectedRows: isChange ? (hasRows ? rows.length : reader.rowsChanged) : undefined,
      };
    },
    script: async (text) => void (await connection.run(text)),
    append: (table, columns) => append(connection, table, columns),
  };
}

const CHANGES: ReadonlySet<StatementType> = new Set([
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
]);

/** A change without `returning` answers with how many rows it changed. */
function isCount(rows: readonly unknown[]): boolean {
  const [first] = rows;
  return (
    rows.length === 1 && typeof first === 'object' && first !== null && Object.keys(first).join() === 'Count'
  );
}

interface Bound {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
}

/** Whole numbers as `BIGINT`: as `DOUBLE`, which numbers are otherwise, `limit $1` would be refused. @throws TypeError */
function toBound(value: unknown): Bound {
  if (value === null || value === undefined) return { value: null, type: SQLNULL };
  if (typeof value === 'string') return { value, type: VARCHAR };
  if (typeof value === 'bigint') return { value, type: BIGINT };
  if (typeof value === 'boolean') return { value, type: BOOLEAN };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { value: BigInt(value), type: BIGINT } : { value, type: DOUBLE };
  if (Array.isArray(value)) return toList(value);
  throw new TypeError(`DuckDB is given text, numbers, truths, lists of them and null, not ${typeof value}`);
}

function toList(values: readonly unknown[]): Bound {
  const bound = values.map(toBound);
  const type = bound.find((each) => each.type !== SQLNULL)?.type ?? VARCHAR;
  return { value: listValue(bound.map(({ value }) => value)), type: LIST(type) };
}

/** `count(*)` and `sum(…)` as numbers, as other engines give them; one above 2^53 is refused, not rounded. */
function withNumbers(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asNumber(value)]));
}

function asNumber(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asNumber);
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`${value} is too large for a number: at most 2^53 - 1 is read exactly`);
}

const TYPES: Readonly<Record<ColumnType, DuckDBType>> = { text: VARCHAR, integer: BIGINT, number: DOUBLE };
/** As many rows as a vector of DuckDB has. */
const CHUNK_ROWS = 2_048;

/** What the table's columns are called, in its own order: an appender knows no names. */
async function append(connection: DuckDBConnection, table: string, columns: Columns): Promise<void> {
  const rows = rowsOf(columns);
  if (rows === 0) return;
  const named = Object.entries(columns);
  const appender = await connection.createAppender(table);
  try {
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const chunk = DuckDBDataChunk.create(
        named.map(([, { type }]) => TYPES[type]),
        Math.min(CHUNK_ROWS, rows - from),
      );
      chunk.setColumns(
        named.map(([, { type, values }]) => {
          const some = values.slice(from, from + CHUNK_ROWS);
          return type === 'integer' ? some.map((value) => (value === null ? null : BigInt(value))) : some;
        }),
      );
      appender.appendDataChunk(chunk);
    }
  } finally {
    appender.closeSync();
  }
}
