/** Looking at merges where nothing may be written, and what is said of rights that are missing. */
import { waitFor } from '@ephemetry/testing';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { explainRate } from '../src/commands/explain-rate.ts';
import { openForReading } from '../src/commands/merge-reader.ts';
import type { MetricsReport } from '../src/commands/metrics-report.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { MissingRightsError } from '../src/database/rights.ts';
import { OtherOwnSchemaError } from '../src/store/own-schema.ts';
import { describeEngines, engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { type Orchestrator, startOrchestrator, type WrittenMerge } from './orchestrator.ts';

/** Three projects, both rates and states, an item that merges twice, and one that cannot be read. */
const HISTORY: readonly WrittenMerge[] = Array.from({ length: 60 }, (_, index) => ({
  workItemId: index === 40 ? 'w7' : `w${index}`,
  project: ['alpha', 'beta', 'gamma'][index % 3] ?? '',
  attempts: index === 50 ? 0 : 1 + (index % 4),
  verdict: index % 5 === 0 ? 'rebase_conflict' : 'approve',
}));

describe.skipIf(isPostgresqlMissing)(`looking${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');

  test('a role that may only read sees what an analyzer would say, folded in memory, and nothing is written', async () => {
    const { database, orchestrator } = await start(HISTORY);
    const reader = await openAs('only_reads', database, orchestrator, ['usage', 'select']);
    const report = await readMetrics(await openForReading(reader, { configuration: SMALL }));
    expect(report.readOnly).toMatchObject({
      because: 'rights',
      rates: 'folded',
      grants: expect.arrayContaining([
        expect.stringMatching(/^grant insert on .*events_outbox to only_reads$/),
      ]),
      behind: { mergeEvents: 0, oldestSeconds: null, replaySeconds: null },
    });
    const hasOwn = await orchestrator.run(
      `select to_regnamespace('"${database.ownSchema}"') is not null as found`,
    );
    expect(hasOwn).toEqual([{ found: false }]);
    const analyzed = await readMetrics(await openMergeAnalyzer(database, { configuration: SMALL }));
    expect(rates(report)).toEqual(rates(analyzed));
    const question = { rate: 'rebase_conflict_rate', scope: { kind: 'project', project: 'beta' } } as const;
    const byReader = await explainRate(await openForReading(reader, { configuration: SMALL }), question);
    const byAnalyzer = await explainRate(
      await openMergeAnalyzer(database, { configuration: SMALL }),
      question,
    );
    expect(byReader).toEqual(byAnalyzer);
  });

  test('an item that merges again thousands of events later is counted once in a look, too', async () => {
    const { database, orchestrator } = await start(HISTORY);
    const others = Array.from({ length: 5_000 }, (_, index) => ({ workItemId: `other${index}` }));
    await orchestrator.merge(...others, { workItemId: 'w7', attempts: 9 });
    const reader = await openAs('reads_pieces', database, orchestrator, ['usage', 'select']);
    const report = await readMetrics(await openForReading(reader, { configuration: SMALL }));
    expect(report).toMatchObject({ merges: 5_058, newestMerge: { workItemId: 'other4999' } });
  });

  test('a role that may read the own tables sees the stored rates, and how far they are behind', async () => {
    const { database, orchestrator } = await start(HISTORY);
    const analyzed = await readMetrics(await openMergeAnalyzer(database, { configuration: SMALL }));
    await orchestrator.merge({ workItemId: 'new' }, { workItemId: 'newer' }, { workItemId: 'w7' });
    const reader = await openAs('reads_stored', database, orchestrator, ['usage', 'select', 'own']);
    const report = await readMetrics(await openForReading(reader, { configuration: SMALL }));
    expect(report.readOnly).toMatchObject({ because: 'rights', rates: 'stored', behind: { mergeEvents: 2 } });
    expect(report.readOnly?.behind.oldestSeconds).toBeGreaterThan(0);
    expect(rates(report)).toEqual(rates(analyzed));
  });

  test('a role that may not even read is told the statements that grant it, and they are enough', async () => {
    const { database, orchestrator } = await start(HISTORY);
    const reader = await openAs('reads_nothing', database, orchestrator, []);
    const error = await openForReading(reader).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MissingRightsError);
    if (error instanceof MissingRightsError) for (const grant of error.grants) await orchestrator.run(grant);
    const report = await readMetrics(await openForReading(reader, { configuration: SMALL }));
    expect(report).toMatchObject({ merges: 58, readOnly: { rates: 'folded' } });
    // And those that are named then are enough to analyze.
    const missing = await openMergeAnalyzer(reader).catch((caught: unknown) => caught);
    expect(missing).toBeInstanceOf(MissingRightsError);
    for (const grant of report.readOnly?.grants ?? []) await orchestrator.run(grant);
    await expect(readMetrics(await openForReading(reader, { configuration: SMALL }))).resolves.toMatchObject({
      merges: 58,
      readOnly: null,
    });
  });

  test('a standby shows the stored rates and its own delay; without any it folds in memory', async () => {
    const stored = await start(HISTORY);
    const analyzed = await readMetrics(await openMergeAnalyzer(stored.database, { configuration: SMALL }));
    const unstored = await start(HISTORY);
    const standby = await engine.server?.startStandby();
    if (standby === undefined) throw new Error('there is no server');
    onTestFinished(() => standby.stop());
    await stored.orchestrator.merge({ workItemId: 'new' });
    const onStandby = reopen(standby.url, stored.database);
    await waitFor(
      async () => {
        const report = await readMetrics(await openForReading(onStandby, { configuration: SMALL }));
        return report.readOnly?.behind.mergeEvents === 1 && report.readOnly.behind.replaySeconds === 0;
      },
      { what: 'the merge on the standby' },
    );
    const report = await readMetrics(await openForReading(onStandby, { configuration: SMALL }));
    expect(report.readOnly).toMatchObject({ because: 'standby', rates: 'stored', grants: [] });
    expect(rates(report)).toEqual(rates(analyzed));
    const folded = await openForReading(reopen(standby.url, unstored.database), { configuration: SMALL });
    expect(await readMetrics(folded)).toMatchObject({
      merges: 58,
      readOnly: { because: 'standby', rates: 'folded', behind: { mergeEvents: 0 } },
    });
  });

  test('a session that is set to read only is a reader, too', async () => {
    const { database } = await start(HISTORY);
    const url = `${engine.server?.url}?options=-cdefault_transaction_read_only%3Don`;
    const report = await readMetrics(await openForReading(reopen(url, database), { configuration: SMALL }));
    expect(report).toMatchObject({ merges: 58, readOnly: { because: 'read-only', rates: 'folded' } });
  });

  test('a look holds nothing back: what an open transaction wrote takes its place in the next one', async () => {
    const { database, orchestrator } = await start(HISTORY);
    const outbox = orchestrator.table('events_outbox');
    const reader = await openForReading(
      await openAs('reads_open', database, orchestrator, ['usage', 'select']),
      { configuration: SMALL },
    );
    await database.kysely.transaction().execute(async (transaction) => {
      await sql`insert into ${sql.raw(outbox)} (kind, work_item_id, payload)
        select kind, 'below', payload from ${sql.raw(outbox)} where id = 1`.execute(transaction);
      const writer = await startOrchestrator(reopen(engine.server?.url ?? '', database));
      await writer.merge({ workItemId: 'above' });
      expect(await readMetrics(reader)).toMatchObject({
        merges: 59,
        newestMerge: { workItemId: 'above' },
        readOnly: { behind: { mergeEvents: 0 } },
      });
    });
    const after = await readMetrics(reader);
    expect(after).toMatchObject({ merges: 60, newestMerge: { workItemId: 'above' } });
    expect(rates(after)).toEqual(
      rates(await readMetrics(await openMergeAnalyzer(database, { configuration: SMALL }))),
    );
  });

  async function start(history: readonly WrittenMerge[]) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await orchestrator.merge(...history);
    return { database, orchestrator };
  }

  function reopen(url: string, { orchestratorSchema, ownSchema }: AnalyzerDatabase): AnalyzerDatabase {
    const opened = openPostgresql({ url, orchestratorSchema, ownSchema });
    onTestFinished(() => opened.close());
    return opened;
  }

  /** A role with some rights on the orchestrator's tables, or on the own ones. */
  async function openAs(
    role: string,
    database: AnalyzerDatabase,
    orchestrator: Orchestrator,
    rights: readonly ('usage' | 'select' | 'own')[],
  ): Promise<AnalyzerDatabase> {
    const { orchestratorSchema, ownSchema } = database;
    const grants = {
      usage: `grant usage on schema "${orchestratorSchema}" to ${role}`,
      select: `grant select on all tables in schema "${orchestratorSchema}" to ${role}`,
      own: `grant usage on schema "${ownSchema}" to ${role}; grant select on all tables in schema "${ownSchema}" to ${role}`,
    };
    await orchestrator.run(`create role ${role} login`);
    for (const right of rights) {
      for (const grant of grants[right].split('; ')) await orchestrator.run(grant);
    }
    return reopen((engine.server?.url ?? '').replace('postgres@', `${role}@`), database);
  }
});

describeEngines((engine) => {
  test('a second own schema on one outbox is refused by the name of the first, and another outbox is not', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await orchestrator.merge({ workItemId: 'a' });
    await (await openMergeAnalyzer(database, { configuration: SMALL })).analyze();
    const second = openMergeAnalyzer({ ...database, ownSchema: `${database.ownSchema}_again` });
    await expect(second).rejects.toBeInstanceOf(OtherOwnSchemaError);
    await expect(second).rejects.toThrow(`own tables in the schema ${database.ownSchema}.`);
    await orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
    await openMergeAnalyzer({ ...database, ownSchema: `${database.ownSchema}_again` });
    const other = engine.open();
    await startOrchestrator(other);
    await expect(openMergeAnalyzer(other)).resolves.toBeDefined();
  });
});

/** What does not depend on when it was read, nor on how. */
function rates({ merges, newestMerge, global, projects, quarantine }: MetricsReport) {
  const newest = quarantine.newest.map(({ eventId, reason }) => [eventId, reason]);
  return {
    merges,
    newestMerge: newestMerge?.eventId,
    global,
    projects,
    quarantined: quarantine.count,
    newest,
  };
}
