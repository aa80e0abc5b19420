/** A transaction of Kysely as a session, for what is written as plain statements. */
import { CompiledQuery, type Transaction } from 'kysely';
import type { QueryResult, Statements } from '../database.ts';

/**
 * Statements that run in a transaction which Kysely began, with whichever dialect. Those of a script end with a semicolon
 * at the end of a line: an engine may take one statement a message only.
 */
export function sessionWithin<Tables>(transaction: Transaction<Tables>): Statements {
  const query = async <Row>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> => {
    const { rows, numAffectedRows } = await transaction.executeQuery<Row>(
      CompiledQuery.raw(text, [...parameters]),
    );
    return { rows, affectedRows: numAffectedRows === undefined ? undefined : Number(numAffectedRows) };
  };
  return {
    query,
    script: async (text) => {
      for (const statement of text.split(/;[ \t]*$/m)) if (statement.trim() !== '') await query(statement);
    },
  };
}
