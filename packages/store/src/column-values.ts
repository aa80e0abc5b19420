/** Many rows as columns: what engines take much faster than rows one by one. */

/** What a column holds: text, whole numbers, or any numbers. */
export type ColumnType = 'text' | 'integer' | 'number';

/** The values of one column, one for each row. */
export interface ColumnValues {
  readonly type: ColumnType;
  readonly values: readonly (string | number | null)[];
}

/** Columns by their names, all of one length. */
export type Columns = Readonly<Record<string, ColumnValues>>;

/** How many rows there are. */
export function rowsOf(columns: Columns): number {
  return Object.values(columns)[0]?.values.length ?? 0;
}

/** A name as SQL takes it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
