/** Statements that are the same on SQLite and PostgreSQL: `?` for a parameter, `{item}` for a table. */
import type { Database, QueryResult, Session } from '@ephemetry/store';

/** Runs statements of one database. */
export interface Statements {
  readonly run: <Row>(text: string, parameters?: readonly unknown[]) => Promise<QueryResult<Row>>;
}

/** @param session a connection of the database, or a transaction on it */
export function statementsOn(
  session: Session,
  { engine, schema }: Pick<Database, 'engine' | 'schema'>,
): Statements {
  const prefix = schema === undefined ? '' : `"${schema.replaceAll('"', '""')}".`;
  const written = (text: string): string => {
    let place = 0;
    return text
      .replaceAll(/\{(\w+)\}/g, `${prefix}$1`)
      .replaceAll('?', () => (engine === 'sqlite' ? '?' : `$${++place}`));
  };
  return { run: (text, parameters = []) => session.query(written(text), parameters.map(stored)) };
}

/** Neither engine stores `undefined`, and SQLite no truths. */
function stored(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Rows as so many statements as they need: an engine takes a limited number of parameters. */
const ROWS_AT_ONCE = 100;

/** Inserts rows, or overwrites those whose key is there. */
export async function upsert(
  { run }: Statements,
  table: string,
  keys: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const changes = columns
    .filter((column) => !keys.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const places = `(${columns.map(() => '?').join(', ')})`;
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const some = rows.slice(start, start + ROWS_AT_ONCE);
    await run(
      `insert into {${table}} (${columns.join(', ')}) values ${some.map(() => places).join(', ')}
        on conflict (${keys.join(', ')}) do update set ${changes.join(', ')}`,
      some.flatMap((row) => columns.map((column) => row[column])),
    );
  }
}

/** What `ask` gives for so many numbers at once as an engine takes. */
export async function inPieces<Row>(
  numbers: readonly number[],
  ask: (some: readonly number[], places: string) => Promise<QueryResult<Row>>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < numbers.length; start += ROWS_AT_ONCE) {
    const some = numbers.slice(start, start + ROWS_AT_ONCE);
    rows.push(...(await ask(some, some.map(() => '?').join(', '))).rows);
  }
  return rows;
}
