/** Several statements in one message to the server, so that they cost one round trip. */
import { type RawBuilder, sql } from 'kysely';
import type { AnalyzerDatabase } from './analyzer-database.ts';

/**
 * Sends statements of a transaction of their own, `begin` to `commit`, as one message: one round trip, whatever their
 * number. They may hold no parameters, only literals, as the protocol has none for several statements. PostgreSQL only.
 *
 * @returns the rows of each.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
 */
export async function askTogether<Row>(
  { kysely }: AnalyzerDatabase,
  statements: readonly RawBuilder<unknown>[],
): Promise<readonly (readonly Row[])[]> {
  return await kysely.connection().execute(async (connection) => {
    try {
      return (await sql<readonly Row[]>`${sql.join(statements, sql`; `)}`.execute(connection)).rows;
    } catch (error) {
      await sql`rollback`.execute(connection).catch(() => {});
      throw error;
    }
  });
}
