/** A time is one point in time, whoever reads it: zones of sessions, columns without a zone, files. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { importMerges } from '../src/commands/import-merges.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { openPglite } from '../src/database/open-pglite.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { OrchestratorSchemaError } from '../src/log/schema-demands.ts';
import { describeEngines, engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';
import { startPglite } from './start-pglite.ts';

const WITHOUT_ZONE = "alter column created_at type timestamp using created_at at time zone 'UTC'";
/** Twelve hours ahead and twelve behind, the year round. */
const ZONES = ['Etc/GMT-12', 'Etc/GMT+12'];

describe.skipIf(isPostgresqlMissing)(`zones of roles${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');

  test('a column without zone holds UTC: two roles in two zones count the same and agree on every time', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(
      `alter table ${outbox} ${WITHOUT_ZONE}, alter column created_at set default now() at time zone 'UTC'`,
    );
    const written = "insert into %s (kind, work_item_id, payload) values ('t', '%i', '%p')".replace(
      '%s',
      outbox,
    );
    const payload = '{"target":"merged","attempts":1,"last_verdict":null,"project":"a"}';
    for (const [index, zone] of ZONES.entries()) {
      await orchestrator.run(written.replace('%i', `w${index}`).replace('%p', payload));
      const url = `${engine.server?.url}?options=-cTimeZone%3D${encodeURIComponent(zone)}`;
      const { orchestratorSchema, ownSchema } = database;
      const zoned = openPostgresql({ url, orchestratorSchema, ownSchema });
      onTestFinished(() => zoned.close());
      const report = await readMetrics(await openMergeAnalyzer(zoned, { configuration: SMALL }));
      expect(report).toMatchObject({ merges: index + 1, quarantine: { count: 0 } });
      expect(report.newestMerge?.ageSeconds).toBeLessThan(600);
    }
    const [{ ahead }] = (await orchestrator.run(
      `select max(abs(extract(epoch from created_at - now() at time zone 'UTC')))::float8 as ahead from ${outbox}`,
    )) as [{ ahead: number }];
    expect(ahead).toBeLessThan(600);
  });
});

describeEngines((engine) => {
  test.each([['text'], ['bigint'], ['date']])('created_at of type %s is refused by name', async (type) => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const outbox = orchestrator.table('events_outbox');
    await orchestrator.run(`alter table ${outbox} drop column created_at`);
    await orchestrator.run(`alter table ${outbox} add column created_at ${type}`);
    const opening = openMergeAnalyzer(database);
    await expect(opening).rejects.toBeInstanceOf(OrchestratorSchemaError);
    await expect(opening).rejects.toThrow(`created_at is ${type}. Allowed: timestamp with time zone`);
  });

  test("a file's times need a zone, and mean the same in a column without one", async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await orchestrator.run(`alter table ${orchestrator.table('events_outbox')} ${WITHOUT_ZONE}`);
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
    const line = (item: string, mergedAt: string): string =>
      JSON.stringify({ work_item_id: item, project: 'a', attempts: 1, merged_at: mergedAt });
    const report = await importMerges(analyzer, [
      line('none', '2026-01-31T12:00:00'),
      line('day', '2026-01-31'),
      line('utc', '2026-01-31T12:00:00Z'),
      line('berlin', '2026-01-31T14:00:00+01:00'),
    ]);
    expect(report).toMatchObject({ imported: 2, analyzed: { merges: 2 } });
    expect(report.refused.map(({ line, reason }) => [line, /has no zone/.test(reason)])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect((await readMetrics(analyzer)).newestMerge?.mergedAt).toBe('2026-01-31T13:00:00.000000Z');
  });
});

test('an embedded database whose owner set another zone says the same', async () => {
  const pglite = await startPglite();
  onTestFinished(() => pglite.close());
  await pglite.exec("set time zone 'Etc/GMT-12'");
  const database = openPglite({ pglite });
  const orchestrator = await startOrchestrator(database);
  await orchestrator.run(`alter table ${orchestrator.table('events_outbox')} ${WITHOUT_ZONE}`);
  const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
  await orchestrator.run(`insert into ${orchestrator.table('events_outbox')} (kind, work_item_id, payload, created_at)
    values ('t', 'a', '{"target":"merged","attempts":1,"last_verdict":null,"project":"a"}', '2026-01-31 12:00')`);
  expect((await readMetrics(analyzer)).newestMerge?.mergedAt).toBe('2026-01-31T12:00:00.000000Z');
});
