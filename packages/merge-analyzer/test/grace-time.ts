import { sql } from 'kysely';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';

/** As if a minute had passed since the position noted how far ids go. */
export async function letGracePass({ kysely, ownSchema }: AnalyzerDatabase): Promise<void> {
  await sql`update ${sql.table(`${ownSchema}.log_position`)}
    set written_xid = pg_current_xact_id()::text::bigint`.execute(kysely);
}
