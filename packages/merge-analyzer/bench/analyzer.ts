/**
 * How fast the analyzer is on a real PostgreSQL with its disk writes on, and whether that depends on the
 * length of the history: `pnpm bench:analyzer [merges] [projects]`, 1,000,000 and 500 unless said otherwise. Prints a
 * table; only the full size writes its part of docs/performance.md. `--json` prints one array and writes nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { type Figure, shareOf, toJson, toTable } from '../../../scripts/figure.ts';
import { writePart } from '../../../scripts/performance-page.ts';
import { createOrchestratorTables } from '../src/database/create-orchestrator-tables.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { DEFAULT_CONFIGURATION } from '../src/fold/configuration.ts';
import type { Merge } from '../src/fold/merge.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { openMergeAnalyzer } from '../src/index.ts';
import { startPostgresServer } from '../test/postgres-server.ts';

const FULL_SIZE = 1_000_000;
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const MERGES = Number(positionals[0] ?? FULL_SIZE);
const PROJECTS = Number(positionals[1] ?? 500);
const LIVE_MERGES = 500;
/** A service that has run for a minute: its code is compiled. */
const WARM_UP_MERGES = 100;

const figures: Figure[] = [];
const server = await startPostgresServer({ isDurable: true });
try {
  measureFold();
  await measureStore(server.url);
} finally {
  await server.stop();
}
process.stdout.write(values.json ? toJson(figures) : toTable(figures));
if (!values.json && MERGES === FULL_SIZE) writePart('pnpm bench:analyzer', toPart());

/** The fold alone, without a database: the ceiling. */
function measureFold(): void {
  const startedAt = mark();
  foldMerges(EMPTY_STATE, history(), DEFAULT_CONFIGURATION);
  addRate('analyzer.fold', 'the fold alone, without a database: the ceiling', startedAt);
}

async function measureStore(url: string): Promise<void> {
  const database = openPostgresql({ url });
  await createOrchestratorTables(database);
  const short = await openMergeAnalyzer(database);
  await short.analyze();
  await addLatency('analyzer.on_merge.empty', 'with an empty history');

  await sql`
    insert into events_outbox (kind, work_item_id, payload, created_at)
    select 'work_item.transition', 'w' || i, jsonb_build_object('target', 'merged', 'attempts', 1 + (i % 7 = 0)::int * (i % 4),
      'last_verdict', case when i % 13 = 0 then 'rebase_conflict' else 'approve' end, 'project', 'project-' || i % ${PROJECTS}::int),
      now() - make_interval(secs => (${MERGES}::int - i) * 0.1)
    from generate_series(1, ${MERGES}::int) i`.execute(database.kysely);
  await sql`vacuum analyze events_outbox`.execute(database.kysely);
  await sql`create table copied (item text primary key, ordinal bigint unique, event text, project text, at timestamptz)`.execute(
    database.kysely,
  );
  await sql`create index on copied (project, ordinal)`.execute(database.kysely);
  let startedAt = mark();
  await sql`insert into copied select work_item_id, id, id::text, payload ->> 'project', created_at
    from events_outbox where payload ->> 'target' = 'merged'`.execute(database.kysely);
  addRate(
    'analyzer.baseline.rows',
    'PostgreSQL alone copies the rows of a rebuild, with the same keys',
    startedAt,
  );
  await sql`drop table copied`.execute(database.kysely);
  const analyzer = await openMergeAnalyzer(database);
  const peak = watchMemory();
  startedAt = mark();
  await analyzer.analyze();
  addRate('analyzer.catch_up', 'the first look at a history: a snapshot event for each merge', startedAt);
  const meaning = 'resident memory of the process during that, at most';
  figures.push({ name: 'analyzer.catch_up.memory', meaning, unit: 'MiB', value: peak() });
  await sql`create table copied (like events_outbox including all)`.execute(database.kysely);
  startedAt = mark();
  await sql`insert into copied (kind, work_item_id, payload) select kind, work_item_id, payload
    from events_outbox where kind = 'metric.snapshot'`.execute(database.kysely);
  addRate('analyzer.baseline.events', 'PostgreSQL alone copies the events of that', startedAt);
  await sql`drop table copied`.execute(database.kysely);
  await sql`vacuum analyze`.execute(database.kysely);
  startedAt = mark();
  await analyzer.rebuild();
  addRate('analyzer.rebuild', 'all own tables again, from the outbox', startedAt, 50_000);
  await sql`vacuum analyze`.execute(database.kysely);
  // Ids are skipped once they are settled: two grace times after a long catch-up, as a service would spend.
  for (let second = 0; second < 12; second += 1) {
    await wait(1_000);
    await analyzer.analyze();
  }
  await addLatency('analyzer.on_merge.full', 'with that history', 10);
  await database.close();

  async function mergeLive(workItemId: string): Promise<void> {
    const payload = JSON.stringify({
      target: 'merged',
      attempts: 1,
      last_verdict: null,
      project: 'project-1',
    });
    await sql`insert into events_outbox (kind, work_item_id, payload) values ('work_item.transition', ${workItemId}, ${payload}::text::jsonb)`.execute(
      database.kysely,
    );
  }

  /** From the merge's commit to the commit of what follows from it. */
  async function addLatency(name: string, when: string, limit?: number): Promise<void> {
    const watcher = await openMergeAnalyzer(database);
    await watcher.analyze();
    const run = Math.random().toString(36).slice(2);
    const times: number[] = [];
    const writes: number[] = [];
    for (let index = -WARM_UP_MERGES; index < LIVE_MERGES; index += 1) {
      const written = performance.now();
      await mergeLive(`live-${run}-${index}`);
      const before = performance.now();
      const { merges } = await watcher.analyze();
      const after = performance.now();
      if (index >= 0) {
        writes.push(before - written);
        times.push(after - before);
      }
      if (merges !== 1) throw new Error(`one merge was written, ${merges} were read`);
    }
    const meaning = `from a merge's commit to the commit of what follows, ${when}`;
    const bar = limit === undefined ? {} : { bar: { limit } };
    figures.push(
      { name: `${name}.p50`, meaning, unit: 'ms', value: shareOf(times, 0.5) },
      { name: `${name}.p99`, meaning, unit: 'ms', value: shareOf(times, 0.99), ...bar },
      {
        name: `${name}.baseline.p99`,
        meaning: "the orchestrator's own commit meanwhile",
        unit: 'ms',
        value: shareOf(writes, 0.99),
      },
    );
  }
}

function* history(): Generator<Merge> {
  for (let ordinal = 1; ordinal <= MERGES; ordinal += 1) {
    yield {
      ordinal,
      eventId: String(ordinal),
      workItemId: `w${ordinal}`,
      project: `project-${ordinal % PROJECTS}`,
      attempts: ordinal % 7 === 0 ? 2 : 1,
      isRebaseConflict: ordinal % 13 === 0,
      mergedAt: '2026-01-01T00:00:00Z',
    };
  }
}

/** Looks four times a second. @returns the highest resident size so far, in MiB. */
function watchMemory(): () => number {
  let highest = 0;
  const look = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 250);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
    return Math.round(highest / 2 ** 20);
  };
}

/** A beginning: the time, and the processor time that we and the server had used by then. */
interface Mark {
  readonly atMs: number;
  readonly cpuMs: number;
}

function mark(): Mark {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / 1000 + serverCpuMs() };
}

/** Wall time says how it was on this machine now; processor time is the same on a busy one. */
function addRate(name: string, meaning: string, since: Mark, atLeast?: number): void {
  const now = mark();
  const seconds = (now.atMs - since.atMs) / 1000;
  const cpuSeconds = (now.cpuMs - since.cpuMs) / 1000;
  const bar = atLeast === undefined ? {} : { bar: { limit: atLeast, isLeast: true } };
  figures.push(
    { name, meaning, unit: 'merges/s', value: MERGES / seconds, ...bar },
    {
      name: `${name}.cpu`,
      meaning: "the same for a second of processor time, ours and the server's",
      unit: 'merges/s',
      value: MERGES / cpuSeconds,
    },
  );
}

function toPart(): string {
  const meanings = figures.map(({ name, meaning }) => `- \`${name}\`: ${meaning}.`);
  return `## The merge analyzer

Written by \`pnpm bench:analyzer\`: ${MERGES.toLocaleString('en')} merges in ${PROJECTS} projects on a real PostgreSQL with its disk writes on, client
and server on the same ${availableParallelism()} cores.

${toTable(figures)}
### What each figure of the analyzer means

${meanings.join('\n')}
`;
}

/** Of the server and all of its processes, from Linux; in ticks of 10 ms. */
function serverCpuMs(): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat);
  return stats
    .filter(({ pid, parent }) => pid === server.pid || parent === server.pid)
    .reduce((sum, { ticks }) => sum + ticks * 10, 0);
}

function readStat(pid: string): readonly { pid: number; parent: number; ticks: number }[] {
  try {
    // After the name, which may hold spaces: state, parent, …, utime (12th), stime (13th).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return []; // Ended meanwhile.
  }
}
