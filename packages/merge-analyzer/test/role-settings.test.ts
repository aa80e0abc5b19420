/** Two roles agree on every row, whatever an administrator has set for one of them. */
import { waitFor } from '@ephemetry/testing';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

describe.skipIf(isPostgresqlMissing)(`settings of a role${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');

  /** The database as a role with these settings opens it. */
  async function openAs(
    role: string,
    settings: Readonly<Record<string, string>>,
    database: AnalyzerDatabase,
  ) {
    const { run } = await startOrchestrator(database);
    await run(`create role ${role} login superuser`);
    for (const [name, value] of Object.entries(settings))
      await run(`alter role ${role} set ${name} = ${value}`);
    const url = new URL(engine.server?.url ?? '');
    url.username = role;
    const { orchestratorSchema, ownSchema } = database;
    const opened = openPostgresql({ url: url.href, orchestratorSchema, ownSchema });
    onTestFinished(() => opened.close());
    return opened;
  }

  test('a role that writes dates in another style sets the same rows aside', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const role = await openAs('indian', { datestyle: "'SQL, DMY'", timezone: "'Asia/Kolkata'" }, database);
    const analyzer = await openMergeAnalyzer(role, { configuration: SMALL });
    await orchestrator.merge({ workItemId: 'a', createdAt: '2026-05-25T10:00:00Z' });
    await analyzer.analyze();
    await orchestrator.merge(
      { workItemId: 'jump', createdAt: '2026-05-25T01:00:00Z' },
      { workItemId: 'b', createdAt: '2026-05-25T10:00:00Z' },
    );
    expect(await readMetrics(analyzer)).toMatchObject({
      merges: 2,
      quarantine: { newest: [{ workItemId: 'jump', reason: 'clock-backwards' }] },
    });
  });

  test.each(['repeatable read', 'serializable'])(
    'analyzers that start at once as a role whose transactions are %s make one set of tables',
    async (level) => {
      const database = engine.open();
      const orchestrator = await startOrchestrator(database);
      await orchestrator.merge(...Array.from({ length: 8 }, (_, index) => ({ workItemId: `w${index}` })));
      const name = level.replace(' ', '_');
      const roles = await Promise.all(
        [1, 2, 3].map((which) =>
          openAs(`${name}_${which}`, { default_transaction_isolation: `'${level}'` }, database),
        ),
      );
      // Whoever holds this is waited for by all of them: they begin before any of them has made a table.
      let letGo = (): void => {};
      const isOver = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      let holding: Promise<void> = Promise.resolve();
      await new Promise<void>((resolve) => {
        holding = database.kysely.transaction().execute(async (transaction) => {
          await sql`select pg_advisory_xact_lock(7236418205)`.execute(transaction);
          resolve();
          await isOver;
        });
      });
      const opening = roles.map((role) => openMergeAnalyzer(role, { configuration: SMALL }));
      const countWaiting = async (): Promise<number> => {
        const [row] = await orchestrator.run(
          `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`,
        );
        return Number(row?.['n']);
      };
      await waitFor(async () => (await countWaiting()) === roles.length, { what: 'all of them wait' });
      letGo();
      await holding;
      const analyzers = await Promise.all(opening);
      await Promise.all(analyzers.map((analyzer) => analyzer.analyze()));
      expect((await readRecord(orchestrator)).snapshots).toHaveLength(8);
    },
  );

  test('a role for which backslashes escape rebuilds from events in a text column', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`alter table ${outbox} alter column payload type text using payload::text`);
    const role = await openAs('escaping', { standard_conforming_strings: 'off' }, database);
    const analyzer = await openMergeAnalyzer(role, { configuration: SMALL });
    await orchestrator.merge({ workItemId: 'a', project: String.raw`a\\b` }, { workItemId: 'b' });
    await analyzer.analyze();
    expect(await analyzer.rebuild()).toMatchObject({ merges: 0, mergesSoFar: 2 });
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 2, quarantine: { count: 0 } });
  });
});
