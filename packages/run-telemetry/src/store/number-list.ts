/** Lists as one parameter: a statement with a parameter for each of 5,000 runs is slow to read, and 65,535 are too many. */
import { type RawBuilder, sql } from 'kysely';

/** `(select unnest($1::bigint[]))`, for `in`. */
export function anyNumber(numbers: readonly number[]): RawBuilder<number> {
  return sql<number>`(select unnest(${sql.val(numbers)}::bigint[]))`;
}

/** `(select unnest($1::text[]))`, for `in`. */
export function anyText(texts: readonly string[]): RawBuilder<string> {
  return sql<string>`(select unnest(${sql.val(texts)}::text[]))`;
}
