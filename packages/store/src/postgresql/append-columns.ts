import { type Columns, type ColumnType, quotedName, rowsOf } from '../column-values.ts';
import type { Statements } from '../database.ts';

const ARRAYS: Readonly<Record<ColumnType, string>> = {
  text: 'text[]',
  integer: 'bigint[]',
  number: 'double precision[]',
};
/** So much at once stays far below the limit of a message. */
const ROWS_AT_ONCE = 20_000;

/** Inserts many rows with an array a column, as PostgreSQL and PGlite take them. */
export async function appendColumns(
  session: Pick<Statements, 'query'>,
  schema: string | undefined,
  table: string,
  columns: Columns,
): Promise<void> {
  const named = Object.entries(columns);
  const target = schema === undefined ? quotedName(table) : `${quotedName(schema)}.${quotedName(table)}`;
  const names = named.map(([name]) => quotedName(name)).join(', ');
  const arrays = named.map(([, { type }], index) => `$${index + 1}::${ARRAYS[type]}`).join(', ');
  const text = `insert into ${target} (${names}) select * from unnest(${arrays})`;
  for (let from = 0; from < rowsOf(columns); from += ROWS_AT_ONCE)
    await session.query(
      text,
      named.map(([, { values }]) => values.slice(from, from + ROWS_AT_ONCE)),
    );
}
