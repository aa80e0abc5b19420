import { waitFor } from '@ephemetry/testing';
import { type KyselyPlugin, sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import {
  type WatchEvent,
  type WatchOptions,
  type WatchReport,
  watchMerges,
} from '../src/commands/watch-merges.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { describeEngines, type RunningEngine } from './engines.ts';
import { SMALL } from './histories.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { readRecord } from './read-record.ts';

/** No test waits for this: what happens before it, happened by notification. */
const NEVER_MS = 600_000;

describeEngines((engine) => {
  async function start(options: Partial<WatchOptions>) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    return { database, orchestrator, watch: watch(database, options) };
  }

  test('a notification wakes it', async () => {
    const { database, orchestrator, watch } = await start({ pollIntervalMs: NEVER_MS });
    await watch.until(({ kind }) => kind === 'ready');
    await mergeAndNotify(database, orchestrator, 'a', 'events_outbox');
    await watch.until(({ kind }) => kind === 'analyzed');
    expect(await watch.stop()).toEqual({ merges: 1, crossings: 0, quarantined: 0, reconnects: 0 });
  });

  test('without notifications it looks by itself', async () => {
    const { orchestrator, watch } = await start({ pollIntervalMs: 20 });
    await watch.until(({ kind }) => kind === 'ready');
    await orchestrator.merge({ workItemId: 'a' });
    await watch.until(({ kind }) => kind === 'analyzed');
    expect(await watch.stop()).toMatchObject({ merges: 1 });
  });

  test('stops at once when it is idle, and a second watch goes on where it stopped', async () => {
    const { database, orchestrator, watch: first } = await start({ pollIntervalMs: NEVER_MS });
    await orchestrator.merge({ workItemId: 'a' });
    await first.until(({ kind }) => kind === 'ready');
    await first.stop();
    await orchestrator.merge({ workItemId: 'b' });
    const second = watch(database, { pollIntervalMs: NEVER_MS });
    await second.until(({ kind }) => kind === 'ready');
    expect((await second.stop()).merges + (await first.stop()).merges).toBe(2);
    expect((await readRecord(orchestrator)).snapshots).toHaveLength(2);
  });

  test('tells of merges that another analyzer was faster with, and counts only its own', async () => {
    const { database, orchestrator, watch } = await start({ pollIntervalMs: NEVER_MS });
    await orchestrator.merge({ workItemId: 'before' });
    await watch.until(({ kind }) => kind === 'ready');
    const other = await openMergeAnalyzer(database, { configuration: SMALL });
    await orchestrator.merge({ workItemId: 'a' }, { workItemId: 'b' });
    await other.analyze();
    await mergeAndNotify(database, orchestrator, 'c', 'events_outbox');
    await watch.until(({ kind }) => kind === 'elsewhere');
    expect(watch.events().slice(1)).toMatchObject([
      { kind: 'analyzed', analyzed: { merges: 1, mergesSoFar: 4 } },
      { kind: 'elsewhere', merges: 2 },
    ]);
    expect(await watch.stop()).toMatchObject({ merges: 2 });
  });

  test('stops between two pieces of a long history, and goes on there the next time', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const controller = new AbortController();
    const analyzer = await openMergeAnalyzer(database, { configuration: SMALL, rowsPerStep: 1_000_000 });
    await orchestrator.merge(...Array.from({ length: 6_000 }, (_, index) => ({ workItemId: `w${index}` })));
    controller.abort();
    expect(await analyzer.analyze({ signal: controller.signal })).toMatchObject({
      merges: 100,
      hasMore: true,
    });
    expect(await analyzer.analyze()).toMatchObject({ merges: 5_900, hasMore: false });
  });

  test('a signal in the middle of a long history ends the watch with what was done by then', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    await orchestrator.merge(...Array.from({ length: 1_000 }, (_, index) => ({ workItemId: `w${index}` })));
    const controller = new AbortController();
    let commits = 0;
    const stopping: KyselyPlugin = {
      transformQuery: ({ node }) => {
        if (JSON.stringify(node).includes('moved as (')) commits += 1;
        if (commits === 3) controller.abort();
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const stopped = { ...database, kysely: database.kysely.withPlugin(stopping) };
    const { merges } = await watchMerges(stopped, {
      signal: controller.signal,
      configuration: SMALL,
      rowsPerStep: 100,
    });
    expect(merges).toBeGreaterThanOrEqual(100);
    expect(merges).toBeLessThan(1_000);
  });

  test.runIf(engine.engine === 'postgresql')(
    'a merge that waits for a writer is counted soon after it, though nobody notifies',
    async () => {
      const { database, orchestrator, watch } = await start({ pollIntervalMs: NEVER_MS });
      await watch.until(({ kind }) => kind === 'ready');
      await database.kysely.transaction().execute(async (transaction) => {
        await sql`insert into ${sql.raw(orchestrator.table('events_outbox'))} (kind) values ('t')`.execute(
          transaction,
        );
        await mergeAndNotify(
          reopen(database, engine),
          await startOrchestrator(reopen(database, engine)),
          'a',
          'events_outbox',
        );
        await waitFor(async () => (await noted(database)) > 0, { what: 'the look that waits' });
      });
      await watch.until(({ kind }) => kind === 'analyzed');
      expect(await watch.stop()).toMatchObject({ merges: 1 });
    },
  );

  test('a missing table ends it with its name', async () => {
    const database = engine.open();
    await expect(watch(database, {}).stop({ isFirst: false })).rejects.toThrow(/no table .*events_outbox/);
  });

  test.runIf(engine.engine === 'postgresql')(
    'waits for a server that restarts, and counts what came meanwhile',
    async () => {
      const { database, orchestrator, watch } = await start({
        pollIntervalMs: NEVER_MS,
        reconnectLimitMs: 200,
      });
      await watch.until(({ kind }) => kind === 'ready');
      await engine.server?.restart();
      await watch.until(({ kind }) => kind === 'disconnected');
      const writer = await startOrchestrator(reopen(database, engine));
      await writer.merge({ workItemId: 'a' });
      await watch.until((event) => event.kind === 'ready', 2);
      await mergeAndNotify(database, orchestrator, 'b', 'events_outbox');
      await waitFor(async () => (await readRecord(writer)).snapshots.length === 2, { what: 'both merges' });
      expect((await watch.stop()).reconnects).toBeGreaterThan(0);
    },
  );
});

test.each([
  ['server', 'postgres://nobody@127.0.0.1:1/none'],
  ['socket', 'postgres://nobody@/none?host=/nowhere/ephemetry'],
])('a %s that is not there is waited for until the watch is stopped', async (_, url) => {
  const database = openPostgresql({ url });
  const watching = watch(database, { reconnectLimitMs: 20 });
  await watching.until(({ kind }) => kind === 'disconnected', 3);
  expect(await watching.stop()).toMatchObject({ merges: 0 });
  await database.close();
});

function watch(database: AnalyzerDatabase, options: Partial<WatchOptions>) {
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const report: Promise<WatchReport> = watchMerges(database, {
    configuration: SMALL,
    ...options,
    signal: controller.signal,
    onEvent: (event) => events.push(event),
  });
  report.catch(() => {});
  return {
    events: () => events,
    until: (isIt: (event: WatchEvent) => boolean, times = 1) =>
      waitFor(() => events.filter(isIt).length >= times, {
        what: 'the watch',
        describe: () => JSON.stringify(events.map(({ kind }) => kind)),
      }),
    stop: async ({ isFirst = true } = {}) => {
      if (isFirst) controller.abort();
      return await report;
    },
  };
}

async function mergeAndNotify(
  { kysely }: AnalyzerDatabase,
  orchestrator: Orchestrator,
  workItemId: string,
  channel: string,
): Promise<void> {
  await orchestrator.merge({ workItemId });
  await sql`select pg_notify(${channel}, ${workItemId})`.execute(kysely);
}

/** The id that waits for its writers; 0 when none does. */
async function noted({ kysely, ownSchema }: AnalyzerDatabase): Promise<number> {
  const position = kysely.withSchema(ownSchema).selectFrom('log_position').select('noted_id');
  return Number((await position.executeTakeFirstOrThrow()).noted_id ?? 0);
}

function reopen(
  { orchestratorSchema, ownSchema }: AnalyzerDatabase,
  engine: RunningEngine,
): AnalyzerDatabase {
  const database = openPostgresql({ url: engine.server?.url ?? '', orchestratorSchema, ownSchema });
  return database;
}
