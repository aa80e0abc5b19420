// biome-ignore-all lint/style/noExcessiveLinesPerFile: one watcher against every way a connection breaks
/** Connections that break, hang or are refused, between a watch and a real server. */
import { waitFor } from '@ephemetry/testing';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { type WatchEvent, type WatchOptions, watchMerges } from '../src/commands/watch-merges.ts';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { openPostgresql, type PostgresqlOptions } from '../src/database/open-postgresql.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { SMALL } from './histories.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator.ts';
import { findPgBouncer, PGBOUNCER_NEEDED, startPgBouncer } from './pgbouncer.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A second is promised; the rest is what a busy machine adds. Without the cut it would not end at all. */
const STOP_LIMIT_MS = 5_000;

const isPgBouncerMissing = findPgBouncer() === undefined;

describe.skipIf(isPostgresqlMissing)(`connections${WHY_SKIPPED}`, () => {
  const engine = engineOfTests('postgresql');

  test('a connection that the server ends inside a transaction is replaced: the watch goes on', async () => {
    const { database, orchestrator, watching } = await start({ pollIntervalMs: 10 });
    await watching.until('ready');
    const holder = await holdAnalysisLock(database);
    await orchestrator.merge({ workItemId: 'a' });
    // The watch is in its transaction now: it waits for the lock.
    await waitFor(async () => (await waitingForLock(database)) > 0, { what: 'a watch in its transaction' });
    await sql`select pg_terminate_backend(pid) from pg_locks
      where not granted and relation = ${`"${database.ownSchema}".log_position`}::regclass`.execute(
      holder.kysely,
    );
    await watching.until('disconnected');
    await holder.release();
    await watching.until('ready', 2);
    await waitFor(async () => (await counted(database)) === 1, { what: 'the merge' });
    expect(watching.events().find(({ kind }) => kind === 'disconnected')).toMatchObject({
      reason: 'absence',
    });
    await watching.stop();
  });

  test('a half-open connection is given up as a timeout, and the watch goes on over a new one', async () => {
    const { database, orchestrator, watching, proxy } = await startBehindProxy({ pollIntervalMs: 10 });
    await watching.until('ready');
    proxy.stopForwarding();
    await orchestrator.merge({ workItemId: 'a' });
    await watching.until('disconnected');
    expect(watching.events().find(({ kind }) => kind === 'disconnected')).toMatchObject({
      reason: 'timeout',
    });
    // A transaction that was open holds what every step takes first; the server itself ends it after a minute.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`.execute(database.kysely);
    proxy.forwardNew();
    await watching.until('ready', 2);
    await waitFor(async () => (await counted(database)) === 1, { what: 'the merge' });
    await watching.stop();
  });

  test('a half-open connection of the notifications is noticed, although no merge comes', async () => {
    const { watching, proxy } = await startBehindProxy({ pollIntervalMs: 3_600_000 });
    await watching.until('ready');
    proxy.stopForwarding();
    await watching.until('disconnected');
    proxy.forwardNew();
    await watching.until('ready', 2);
    await watching.stop();
  });

  test('a statement that takes long is not given up while the server works on it', async () => {
    const database = open(engine.open(), { silenceLimitMs: 100 });
    const slow = sql`select pg_sleep(1)`;
    await expect(
      database.kysely.transaction().execute((transaction) => slow.execute(transaction)),
    ).resolves.toBeDefined();
  });

  test('a connection that was reset is named an absence', async () => {
    const { watching, proxy } = await startBehindProxy({ pollIntervalMs: 10 });
    await watching.until('ready');
    proxy.reset();
    await watching.until('disconnected');
    await watching.until('ready', 2);
    expect(watching.events().find(({ kind }) => kind === 'disconnected')).toMatchObject({
      reason: 'absence',
    });
    await watching.stop();
  });

  test('a server that accepts and never answers is a timeout, and is waited for', async () => {
    const proxy = await startTcpProxy(1);
    onTestFinished(() => proxy.close());
    proxy.stopForwarding();
    const database = openPostgresql({ url: `postgres://x@127.0.0.1:${proxy.port}/x`, connectTimeoutMs: 100 });
    onTestFinished(() => database.close());
    const watching = watch(database, { reconnectLimitMs: 20 });
    await watching.until('disconnected', 2);
    expect(watching.events()[0]).toMatchObject({ reason: 'timeout' });
    await watching.stop();
  });

  test.each([
    ['while it is idle', false],
    ['while it waits for an answer', true],
  ])('a stop ends the watch within a second on a half-open connection, %s', async (_, isBusy) => {
    const { watching, proxy, watched, orchestrator } = await startBehindProxy({
      pollIntervalMs: isBusy ? 10 : 3_600_000,
      silenceLimitMs: 600_000,
    });
    await watching.until('ready');
    proxy.stopForwarding();
    await orchestrator.merge({ workItemId: 'a' });
    const before = proxy.opened();
    if (isBusy) await waitFor(() => proxy.swallowed() > 0, { what: 'a question that is never answered' });
    const from = performance.now();
    await watching.stop();
    await watched.close();
    expect(performance.now() - from).toBeLessThan(STOP_LIMIT_MS);
    expect(proxy.opened()).toBe(before);
  });

  test('a stop ends the watch within a second while another program holds its lock', async () => {
    const { database, orchestrator, watching, watched } = await start({ pollIntervalMs: 10 });
    await watching.until('ready');
    const holder = await holdAnalysisLock(database);
    await orchestrator.merge({ workItemId: 'a' });
    await waitFor(async () => (await waitingForLock(database)) > 0, { what: 'a watch in its transaction' });
    const from = performance.now();
    await watching.stop();
    await watched.close();
    expect(performance.now() - from).toBeLessThan(STOP_LIMIT_MS);
    await holder.release();
  });

  describe.skipIf(isPgBouncerMissing)(
    `PgBouncer${isPgBouncerMissing ? ` (${PGBOUNCER_NEEDED})` : ''}`,
    () => {
      test('its default configuration is enough, notifications included', async () => {
        const { watching, orchestrator, database } = await startBehindPgBouncer([], {
          pollIntervalMs: 3_600_000,
        });
        await watching.until('ready');
        await orchestrator.merge({ workItemId: 'a' });
        await sql`select pg_notify('events_outbox', '')`.execute(database.kysely);
        await watching.until('analyzed');
        expect(watching.events().map(({ kind }) => kind)).toEqual(['ready', 'analyzed']);
        await watching.stop();
      });

      test.each([[1], [5]])(
        'transaction pooling over %i connections hears no notifications: the watch says so once and polls',
        async (connections) => {
          const settings = ['pool_mode = transaction', `default_pool_size = ${connections}`];
          const { watching, orchestrator } = await startBehindPgBouncer(settings, { pollIntervalMs: 20 });
          await watching.until('ready');
          for (const workItemId of ['a', 'b', 'c']) await orchestrator.merge({ workItemId });
          await watching.untilMerges(3);
          expect(watching.events().filter(({ kind }) => kind === 'polling')).toHaveLength(1);
          expect(watching.events().filter(({ kind }) => kind === 'disconnected')).toHaveLength(0);
          await watching.stop();
        },
      );

      test('what it refuses is a refusal in its words, and is waited for', async () => {
        const pooler = await startPgBouncer(engine.server?.url ?? '', ['max_client_conn = 1']);
        onTestFinished(() => pooler.stop());
        const database = openPostgresql({ url: `${pooler.url}?options=-cwork_mem%3D1MB` });
        onTestFinished(() => database.close());
        const watching = watch(database, { reconnectLimitMs: 20 });
        await watching.until('disconnected', 2);
        expect(watching.events()[0]).toMatchObject({
          reason: 'refusal',
          detail: expect.stringContaining('options'),
        });
        await watching.stop();
      });
    },
  );

  test('a statement_timeout is named, and what it ends is tried again', async () => {
    const { database, orchestrator, watching } = await start(
      { pollIntervalMs: 10 },
      'options=-cstatement_timeout%3D500',
    );
    await watching.until('ready');
    const holder = await holdAnalysisLock(database);
    await orchestrator.merge({ workItemId: 'a' });
    await watching.until('disconnected');
    expect(watching.events().find(({ kind }) => kind === 'disconnected')).toMatchObject({
      reason: 'timeout',
      detail: expect.stringContaining('statement timeout'),
    });
    await holder.release();
    await waitFor(async () => (await counted(database)) === 1, { what: 'the merge' });
    await watching.stop();
  });

  test('a statement_timeout that is shorter than a piece takes makes the pieces smaller, and the catch-up ends', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const schema = `"${database.orchestratorSchema}"`;
    await orchestrator.merge(...Array.from({ length: 600 }, (_, index) => ({ workItemId: `w${index}` })));
    await orchestrator.run(`create function ${schema}.slow() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.002); return new; end $$`);
    await orchestrator.run(`create trigger slow before insert on ${schema}.events_outbox for each row
      execute function ${schema}.slow()`);
    // As one piece the last 500 take a second and more.
    const limited = open(database, { url: `${engine.server?.url}?options=-cstatement_timeout%3D700` });
    const analyzer = await openMergeAnalyzer(limited, { configuration: SMALL });
    expect(await analyzer.analyze()).toMatchObject({ merges: 600, mergesSoFar: 600, hasMore: false });
    expect((await orchestrator.events('metric.snapshot')).map(({ workItemId }) => workItemId)).toEqual(
      Array.from({ length: 600 }, (_, index) => `w${index}`),
    );
  });

  test('work items that take longer than a statement_timeout are asked for in smaller pieces', async () => {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const schema = `"${database.orchestratorSchema}"`;
    for (const statement of [
      `insert into ${schema}.work_items (id, phase, attempts, project, merged_at, updated_at)
        select 'w' || n, 'merged', 1, 'alpha', now(), now() from generate_series(1, 1500) n`,
      `insert into ${schema}.events_outbox (kind, work_item_id, payload)
        select 'moved', 'w' || n, '{"target":"merged"}' from generate_series(1, 1500) n`,
      `create function ${schema}.slow() returns boolean language plpgsql volatile as
        $$ begin perform pg_sleep(0.001); return true; end $$`,
      `alter table ${schema}.work_items enable row level security`,
      `create policy slow on ${schema}.work_items using (${schema}.slow())`,
      'create role limited login',
      `grant all on schema ${schema} to limited`,
      `grant all on all tables in schema ${schema} to limited`,
      `grant all on all sequences in schema ${schema} to limited`,
      "do $$ begin execute format('grant create on database %I to limited', current_database()); end $$",
      "alter role limited set statement_timeout = '1000ms'",
    ])
      await orchestrator.run(statement);
    const limited = open(database, { url: (engine.server?.url ?? '').replace('postgres@', 'limited@') });
    const analyzer = await openMergeAnalyzer(limited);
    expect(await analyzer.analyze()).toMatchObject({ merges: 1500, hasMore: false });
  });

  test('a password that is refused ends a watch that has not begun', async () => {
    const database = openPostgresql({ url: (engine.server?.url ?? '').replace('postgres@', 'nobody_here@') });
    onTestFinished(() => database.close());
    await expect(watch(database, {}).stop({ isFirst: false })).rejects.toThrow('nobody_here');
  });

  /** A second way to the same schemas. */
  function open(
    { orchestratorSchema, ownSchema }: AnalyzerDatabase,
    options: Partial<PostgresqlOptions> = {},
  ): AnalyzerDatabase {
    const opened = openPostgresql({
      url: engine.server?.url ?? '',
      orchestratorSchema,
      ownSchema,
      ...options,
    });
    onTestFinished(() => opened.close());
    return opened;
  }

  async function start(options: Partial<WatchOptions>, parameters = '') {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const watched = open(database, { url: `${engine.server?.url}?${parameters}` });
    return { database, orchestrator, watched, watching: watch(watched, options) };
  }

  async function startBehindProxy({
    silenceLimitMs = 300,
    ...options
  }: Partial<WatchOptions> & { readonly silenceLimitMs?: number }): Promise<
    Awaited<ReturnType<typeof start>> & { readonly proxy: TcpProxy; readonly orchestrator: Orchestrator }
  > {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const url = new URL(engine.server?.url ?? '');
    const proxy = await startTcpProxy(Number(url.port));
    onTestFinished(() => proxy.close());
    url.port = String(proxy.port);
    const watched = open(database, { url: url.href, silenceLimitMs, connectTimeoutMs: 300 });
    return {
      database,
      orchestrator,
      watched,
      watching: watch(watched, { reconnectLimitMs: 50, ...options }),
      proxy,
    };
  }

  async function startBehindPgBouncer(settings: readonly string[], options: Partial<WatchOptions>) {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const pooler = await startPgBouncer(engine.server?.url ?? '', settings);
    onTestFinished(() => pooler.stop());
    const watched = open(database, { url: pooler.url });
    return { database, orchestrator, watching: watch(watched, options) };
  }
});

async function waitingForLock({ kysely, ownSchema }: AnalyzerDatabase): Promise<number> {
  const { rows } = await sql`select 1 from pg_locks
    where not granted and relation = to_regclass(${`"${ownSchema}".log_position`})`.execute(kysely);
  return rows.length;
}

async function counted({ kysely, ownSchema }: AnalyzerDatabase): Promise<number> {
  return (await sql`select 1 from ${sql.table(`${ownSchema}.merge`)}`.execute(kysely)).rows.length;
}

/** Holds what every step of an analyzer takes first. */
async function holdAnalysisLock(database: AnalyzerDatabase) {
  let release = (): void => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = (): void => {};
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const held = database.kysely.transaction().execute(async (transaction) => {
    await sql`lock table ${sql.table(`${database.ownSchema}.log_position`)}`.execute(transaction);
    taken();
    await isReleased;
  });
  await isTaken;
  return {
    kysely: database.kysely,
    release: async () => {
      release();
      await held;
    },
  };
}

function watch(database: AnalyzerDatabase, options: Partial<WatchOptions>) {
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const report = watchMerges(database, {
    configuration: SMALL,
    reconnectLimitMs: 50,
    ...options,
    signal: controller.signal,
    onEvent: (event) => events.push(event),
  });
  report.catch(() => {});
  const kinds = (): string =>
    JSON.stringify(events.map((event) => ('detail' in event ? event.detail : event.kind)));
  const wait = (isDone: () => boolean): Promise<unknown> =>
    Promise.race([
      waitFor(isDone, { what: 'the watch', deadlineMs: 30_000, describe: kinds }),
      // A watch that ends by itself is told at once, not at the deadline.
      report.then((ended) => {
        if (!isDone()) throw new Error(`the watch ended: ${JSON.stringify(ended)}`);
      }),
    ]);
  return {
    events: () => events,
    until: (kind: string, times = 1) =>
      wait(() => events.filter((event) => event.kind === kind).length >= times),
    untilMerges: (merges: number) =>
      wait(
        () =>
          events.reduce((sum, event) => sum + ('analyzed' in event ? event.analyzed.merges : 0), 0) >= merges,
      ),
    stop: async ({ isFirst = true } = {}) => {
      if (isFirst) controller.abort();
      return await report;
    },
  };
}
