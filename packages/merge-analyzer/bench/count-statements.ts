/** What a step on merge asks of the server: statements as the server counts them, and messages that wait for an answer. */
import { startPostgresServer } from '@ephemetry/testing';
import { type KyselyPlugin, sql } from 'kysely';
import { openMergeAnalyzer } from '../src/index.ts';
import { writeHistory } from './history.ts';

const STEPS = 20;

/** A mean over some steps, each with one merge. */
export async function countStatements(): Promise<{
  readonly statements: number;
  readonly roundTrips: number;
}> {
  const server = await startPostgresServer({ settings: { shared_preload_libraries: 'pg_stat_statements' } });
  try {
    const history = await writeHistory(server.url, 'counted', { merges: 1_000, projects: 50, ids: 'bigint' });
    const { kysely } = history.database;
    let roundTrips = 0;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      // Of what is only compiled there is no result.
      transformResult: async ({ result }) => {
        roundTrips += 1;
        return result;
      },
    };
    const analyzer = await openMergeAnalyzer({ ...history.database, kysely: kysely.withPlugin(counting) });
    await analyzer.analyze();
    await sql`create extension pg_stat_statements`.execute(kysely);
    let statements = 0;
    roundTrips = 0;
    for (let step = 0; step < STEPS; step += 1) {
      await sql`insert into counted.events_outbox (kind, work_item_id, payload) select kind, 'new' || ${step}::int, payload
        from counted.events_outbox order by id limit 1`.execute(kysely);
      await sql`select pg_stat_statements_reset()`.execute(kysely);
      const { merges } = await analyzer.analyze();
      if (merges !== 1) throw new Error(`one merge was written, ${merges} were read`);
      const { rows } = await sql<{ calls: string }>`select sum(calls)::text as calls from pg_stat_statements
        where query not like '%pg_stat_statements_reset%'`.execute(kysely);
      statements += Number(rows[0]?.calls);
    }
    await history.database.close();
    return { statements: statements / STEPS, roundTrips: roundTrips / STEPS };
  } finally {
    await server.stop();
  }
}
