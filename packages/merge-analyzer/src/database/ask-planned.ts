/**
 * A look that is asked again and again with the same text, planned once a connection: planning it takes several times as long
 * as the look. Through a pooler the connection may be another one each time, which knows the statement or does not.
 */
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from './analyzer-database.ts';
import { askTogether } from './ask-together.ts';

/** A plan fits the tables as they were. Where nobody analyzes them, nothing else makes the server plan again. */
const PLAN_AGAIN_MS = 60_000;

/** What PostgreSQL answers. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NO_SUCH_STATEMENT = '26000';
const STATEMENT_IS_THERE = '42P05';
/** Among others: the columns of its answer are of other types now. */
const NOT_SUPPORTED = '0A000';

/** When each statement was planned last, by its name. */
const plannedAt = new WeakMap<object, Map<string, number>>();

/**
 * Asks in a transaction of its own that only reads: one round trip, and a second one where the connection does not know the
 * statement. PostgreSQL only.
 *
 * @param before run in the same transaction, in front of the look
 * @param look has no parameters, only literals
 */
export async function askPlanned<Row>(
  database: AnalyzerDatabase,
  before: readonly RawBuilder<unknown>[],
  look: RawBuilder<Row>,
  nowMs: number = performance.now(),
): Promise<readonly Row[]> {
  const { sql: text } = look.compile(database.kysely);
  const name = sql.raw(`ephemetry_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`);
  const prepare = sql`prepare ${name} as ${look}`;
  const ask = async (...first: readonly RawBuilder<unknown>[]): Promise<readonly Row[]> => {
    const begin = sql`begin isolation level read committed read only`;
    const statements = [begin, ...before, ...first, sql`execute ${name}`, sql`commit`];
    return (await askTogether<Row>(database, statements)).at(-2) ?? [];
  };
  const planned = plannedAtOf(database, text, nowMs);
  try {
    if (planned === 'never') return await ask(prepare);
    return planned === 'long ago' ? await ask(sql`discard plans`) : await ask();
  } catch (error) {
    switch (codeOf(error)) {
      case STATEMENT_IS_THERE:
        return await ask();
      case NO_SUCH_STATEMENT:
        return await ask(prepare);
      case NOT_SUPPORTED:
        return await ask(sql`deallocate ${name}`, prepare);
      default:
        throw error;
    }
  }
}

function plannedAtOf(
  { kysely }: AnalyzerDatabase,
  text: string,
  nowMs: number,
): 'never' | 'long ago' | 'lately' {
  const times = plannedAt.get(kysely) ?? new Map<string, number>();
  plannedAt.set(kysely, times);
  const before = times.get(text);
  if (before !== undefined && nowMs - before < PLAN_AGAIN_MS) return 'lately';
  times.set(text, nowMs);
  return before === undefined ? 'never' : 'long ago';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
