/**
 * Random histories on a real server, with all that may interrupt an analyzer, against a recount that shares no code
 * with it. SOAK_SECONDS says for how long, SEED which history comes first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { isConnectionLost } from '@ephemetry/store/postgresql';
import { waitFor } from '@ephemetry/testing';
import pg from 'pg';
import { expect, test } from 'vitest';
import { type MergeAnalyzer, openMergeAnalyzer } from '../../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../../src/commands/read-metrics.ts';
import type { AnalyzerDatabase } from '../../src/database/analyzer-database.ts';
import type { AnalyzerConfiguration } from '../../src/fold/configuration.ts';
import { PrunedOutboxError } from '../../src/store/recover.ts';
import { engineOfTests, isPostgresqlMissing, WHY_SKIPPED } from '../engines.ts';
import { SMALL } from '../histories.ts';
import { startOrchestrator } from '../orchestrator.ts';
import { readRecord } from '../read-record.ts';
import { type Chance, createChance } from './chance.ts';
import { type AnalyzerRecord, expectOrder, expectRecounted } from './laws.ts';
import type { Rules } from './recount.ts';
import { startTraffic, type Traffic } from './traffic.ts';

const BUDGET_MS = Number(process.env['SOAK_SECONDS'] ?? 15) * 1_000;
const FIRST_SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1_000_000));
const STEPS = 300;
const WATCHERS = 2;
/** A step of the analyzer has a dozen: a watcher dies in its first, or after some. */
const MOST_STATEMENTS = 250;

const SMALL_RULES: Rules = {
  firstPass: { window: 4, low: 50, high: 75 },
  conflicts: { window: 5, low: 20, high: 60 },
  attempts: { window: 5 },
};

/** The same log by other rules. */
const OTHER: AnalyzerConfiguration = {
  version: 'other',
  rates: {
    first_pass_merge_rate: {
      ...SMALL.rates.first_pass_merge_rate,
      window: 7,
      thresholds: SMALL.rates.rebase_conflict_rate.thresholds ?? none(),
    },
    rebase_conflict_rate: {
      ...SMALL.rates.rebase_conflict_rate,
      window: 3,
      thresholds: SMALL.rates.first_pass_merge_rate.thresholds ?? none(),
    },
    p95_attempts_to_merge: { ...SMALL.rates.p95_attempts_to_merge, window: 21 },
  },
};
const OTHER_RULES: Rules = {
  firstPass: { window: 7, low: 20, high: 60 },
  conflicts: { window: 3, low: 50, high: 75 },
  attempts: { window: 21 },
};

const engine = engineOfTests('postgresql');

test.skipIf(isPostgresqlMissing)(
  `random histories equal a recount, whatever interrupts the analyzer${WHY_SKIPPED}`,
  async () => {
    const deadline = performance.now() + BUDGET_MS;
    let seed = FIRST_SEED;
    let merges = 0;
    do {
      merges += await runNamed(seed);
      seed += 1;
    } while (performance.now() < deadline);
    process.stdout.write(`${seed - FIRST_SEED} random histories from seed ${FIRST_SEED}, ${merges} merges\n`);
    expect(merges).toBeGreaterThan(20);
  },
  BUDGET_MS + 300_000,
);

async function runNamed(seed: number): Promise<number> {
  try {
    return await runHistory(createChance(seed), seed);
  } catch (error) {
    throw new Error(`the history of seed ${seed} failed; SEED=${seed} begins with it`, { cause: error });
  }
}

async function runHistory(chance: Chance, seed: number): Promise<number> {
  const server = engine.server;
  if (server === undefined) throw new Error('there is no server');
  const database = engine.open(`seed_${seed}`);
  const orchestrator = await startOrchestrator(database);
  const analyzer = await openMergeAnalyzer(database, { configuration: SMALL });
  const traffic = await startTraffic(server.url, database.orchestratorSchema, chance);
  const watchers = new Watchers(database, chance);
  const prefixes: (readonly string[])[] = [];
  const mergedEvents = async (): Promise<readonly string[]> =>
    (await readRecord(orchestrator)).snapshots.map(({ merge }) => merge.event_id);
  try {
    for (let step = 1; step <= STEPS; step += 1) {
      await traffic.step();
      watchers.keepAlive();
      if (chance.percent(2)) await interrupt(chance, { analyzer, traffic, watchers, server });
      if (step % 100 === 0) {
        await traffic.settle();
        await caughtUp(analyzer, watchers);
        prefixes.push(await mergedEvents());
      }
    }
    await traffic.settle();
  } finally {
    await watchers.stop();
    await traffic.close();
  }
  const audit = await readAudit(server.url, database);
  const check = async (by: MergeAnalyzer, rules: Rules): Promise<AnalyzerRecord> => {
    const page = await persistently(() => readMetrics(by));
    const record = ofVersion(await readRecord(orchestrator), by.configuration.version);
    expectRecounted(audit, record, page, rules);
    return record;
  };
  const record = await check(analyzer, SMALL_RULES);
  expectOrder(record.snapshots, traffic.times);
  const events = record.snapshots.map(({ merge }) => merge.event_id);
  for (const prefix of prefixes) expect(events.slice(0, prefix.length)).toEqual(prefix);
  await expectRecovered({ database, analyzer, orchestrator, chance, check });
  return events.length;
}

/** Rebuilt, made anew from the outbox, folded by other rules: the same merges. With snapshots missing: refused. */
async function expectRecovered(history: {
  readonly database: AnalyzerDatabase;
  readonly analyzer: MergeAnalyzer;
  readonly orchestrator: Awaited<ReturnType<typeof startOrchestrator>>;
  readonly chance: Chance;
  readonly check: (by: MergeAnalyzer, rules: Rules) => Promise<AnalyzerRecord>;
}): Promise<void> {
  const { database, analyzer, orchestrator, chance, check } = history;
  const before = await readRecord(orchestrator);
  const merges = before.snapshots.length;
  const dropOwn = () => orchestrator.run(`drop schema "${database.ownSchema}" cascade`);
  await analyzer.rebuild({ retryQuarantined: chance.percent(50) });
  await check(analyzer, SMALL_RULES);
  await dropOwn();
  const again = await openMergeAnalyzer(database, { configuration: SMALL });
  await check(again, SMALL_RULES);
  expect(await readRecord(orchestrator)).toEqual(before);
  if (merges > 1) {
    const ordinal = 1 + chance.below(merges - 1);
    await orchestrator.run(
      `delete from ${orchestrator.table('events_outbox')} where kind = 'metric.snapshot'
        and payload #>> '{merge,ordinal}' = '${ordinal}'`,
    );
    const page = await readMetrics(again);
    await expect(again.rebuild()).rejects.toBeInstanceOf(PrunedOutboxError);
    expect({ ...(await readMetrics(again)), asOf: '', newestMerge: null }).toEqual({
      ...page,
      asOf: '',
      newestMerge: null,
    });
  }
  await check(await openMergeAnalyzer(database, { configuration: OTHER }), OTHER_RULES);
}

interface Interrupted {
  readonly analyzer: MergeAnalyzer;
  readonly traffic: Traffic;
  readonly watchers: Watchers;
  readonly server: { readonly url: string; readonly restart: () => Promise<void> };
}

async function interrupt(
  chance: Chance,
  { analyzer, traffic, watchers, server }: Interrupted,
): Promise<void> {
  const roll = chance.below(100);
  if (roll < 35) return watchers.kill();
  if (roll < 60) {
    // Of anybody who analyzes, in whatever it is doing.
    return await asAdministrator(server.url, async (client) => {
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name like 'ephemetry-merge-analyzer%' and pid <> pg_backend_pid() limit $1`,
        [1 + chance.below(2)],
      );
    });
  }
  if (roll < 75) {
    // An open transaction may hold a row that is to be deleted.
    await traffic.settle();
    return await traffic.clean();
  }
  if (roll < 92) {
    await traffic.settle();
    await persistently(() => analyzer.rebuild());
    return;
  }
  await server.restart();
}

/** Waits until nothing is waiting any more, whoever reads it. */
async function caughtUp(analyzer: MergeAnalyzer, watchers: Watchers): Promise<void> {
  await waitFor(
    async () => {
      watchers.keepAlive();
      const page = await persistently(() => readMetrics(analyzer, { catchUp: false }));
      return page.heldBack === 0;
    },
    { what: 'the watchers to catch up', deadlineMs: 60_000 },
  ).catch(async () => {
    // Watchers that are killed again and again may never get there: what they left undone is done here.
    await persistently(() => analyzer.analyze());
  });
}

/** A connection that was ended while nobody used it is found out by the first question on it. */
async function persistently<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    return await ask();
  }
}

/** Two programs that watch, each killed before a statement of its own choice, and started again. */
class Watchers {
  readonly #database: AnalyzerDatabase;
  readonly #chance: Chance;
  readonly #running: ChildProcess[] = [];

  constructor(database: AnalyzerDatabase, chance: Chance) {
    this.#database = database;
    this.#chance = chance;
    this.keepAlive();
  }

  keepAlive(): void {
    for (let place = 0; place < WATCHERS; place += 1) {
      const watcher = this.#running[place];
      if (watcher === undefined || watcher.exitCode !== null || watcher.signalCode !== null)
        this.#running[place] = this.#start();
    }
  }

  kill(): void {
    this.#chance.oneOf(this.#running)?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map(end));
  }

  #start(): ChildProcess {
    const { orchestratorSchema, ownSchema } = this.#database;
    const fixture = join(import.meta.dirname, '../fixtures/mortal-watcher.ts');
    const statements = String(20 + this.#chance.below(MOST_STATEMENTS));
    const args = [fixture, engine.server?.url ?? '', orchestratorSchema, ownSchema, statements];
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function readAudit(url: string, { orchestratorSchema }: AnalyzerDatabase) {
  return await asAdministrator(url, async (client) => {
    const { rows } = await client.query(
      `select id, work_item_id, payload, item_then from "${orchestratorSchema}".every_event order by id`,
    );
    return rows.map((row) => ({
      id: Number(row.id),
      workItemId: row.work_item_id,
      payload: row.payload,
      itemThen: row.item_then,
    }));
  });
}

async function asAdministrator<Result>(
  url: string,
  ask: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

function ofVersion({ snapshots, crossings }: AnalyzerRecord, version: string): AnalyzerRecord {
  const isOfVersion = (event: { readonly configuration_version: string }): boolean =>
    event.configuration_version === version;
  return { snapshots: snapshots.filter(isOfVersion), crossings: crossings.filter(isOfVersion) };
}

function none(): never {
  throw new Error('this rate has thresholds');
}
