/**
 * How fast the analyzer is on a real PostgreSQL with its disk writes on, and whether that depends on the
 * length of the history: `pnpm bench:analyzer [merges] [projects]`, 1,000,000 and 50 unless said otherwise. Prints a
 * table; only the full size writes its part of docs/performance.md. `--json` prints one array and writes nothing.
 */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgresServer } from '@ephemetry/testing';
import { sql } from 'kysely';
import { type Bar, type Figure, shareOf, toJson, toTable } from '../../../scripts/figure.ts';
import { writePart } from '../../../scripts/performance-page.ts';
import { DEFAULT_CONFIGURATION } from '../src/fold/configuration.ts';
import type { Merge } from '../src/fold/merge.ts';
import { EMPTY_STATE, foldMerges } from '../src/fold/merge-state.ts';
import { openMergeAnalyzer } from '../src/index.ts';
import { countStatements } from './count-statements.ts';
import { type History, writeHistory } from './history.ts';
import { type LiveMerges, startLiveMerges } from './live-merges.ts';
import { type Mark, mark, watchMemory } from './usage.ts';

const FULL_SIZE = 1_000_000;
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const MERGES = Number(positionals[0] ?? FULL_SIZE);
const PROJECTS = Number(positionals[1] ?? 50);
/** Of each history, alternating with the one it is compared with: a busy minute meets both. */
const LIVE_ROUNDS = 10;
const LIVE_MERGES_A_ROUND = 50;

const figures: Figure[] = [];
const { statements, roundTrips } = await countStatements();
add(
  'analyzer.on_merge.statements',
  'SQL statements that the server runs for a merge, begin and commit among them',
  'statements',
  statements,
  { limit: 5, goFor: 2 },
);
add(
  'analyzer.on_merge.round_trips',
  'messages to the server for a merge, each with an answer that is waited for',
  'messages',
  roundTrips,
);
const server = await startPostgresServer({ isDurable: true });
try {
  measureFold();
  await measureStore(server.url);
  await measureUuids(server.url);
} finally {
  await server.stop();
}
process.stdout.write(values.json ? toJson(figures) : toTable(figures));
if (!values.json && MERGES === FULL_SIZE) writePart('pnpm bench:analyzer', toPart());

function add(name: string, meaning: string, unit: Figure['unit'], value: number, bar?: Bar): void {
  process.stderr.write(`${name}: ${value.toPrecision(3)} ${unit}\n`);
  figures.push({ name, meaning, unit, value, ...(bar === undefined ? {} : { bar }) });
}

/** The fold alone, without a database: the ceiling. */
function measureFold(): void {
  const startedAt = mark(server.pid);
  foldMerges(EMPTY_STATE, history(), DEFAULT_CONFIGURATION);
  addRate('analyzer.fold', 'the fold alone, without a database: the ceiling', startedAt);
}

async function measureStore(url: string): Promise<void> {
  const long = await writeHistory(url, 'long', { merges: MERGES, projects: PROJECTS, ids: 'bigint' });
  const { kysely } = long.database;
  await measureCopies(long);
  const analyzer = await openMergeAnalyzer(long.database);
  const peak = watchMemory();
  let startedAt = mark(server.pid);
  await analyzer.analyze();
  addRate('analyzer.catch_up', 'the first look at a history: a snapshot event for each merge', startedAt, {
    limit: 40_000,
    goFor: 60_000,
    isLeast: true,
  });
  add('analyzer.catch_up.memory', 'resident memory of the process during that, at most', 'MiB', peak());
  await sql`create table copied (like long.events_outbox including all)`.execute(kysely);
  startedAt = mark(server.pid);
  await sql`insert into copied (kind, work_item_id, payload) select kind, work_item_id, payload
    from long.events_outbox where kind = 'metric.snapshot'`.execute(kysely);
  addRate('analyzer.baseline.events', 'PostgreSQL alone copies the events of that', startedAt);
  await sql`drop table copied`.execute(kysely);
  await sql`vacuum analyze`.execute(kysely);
  startedAt = mark(server.pid);
  await analyzer.rebuild();
  addRate('analyzer.rebuild', 'all own tables again, from the outbox', startedAt, {
    limit: 50_000,
    isLeast: true,
  });
  await sql`insert into long.events_outbox (kind, work_item_id, payload)
    select kind, 'after rebuild', payload from long.events_outbox order by id limit 1`.execute(kysely);
  const committedMs = performance.now();
  await analyzer.analyze();
  add(
    'analyzer.on_merge.after_rebuild',
    'the first merge after that, from its commit to the commit of what follows',
    'ms',
    performance.now() - committedMs,
    { limit: 50, goFor: 10 },
  );
  await sql`vacuum analyze`.execute(kysely);
  const short = await writeHistory(url, 'short', { merges: MERGES / 100, projects: PROJECTS, ids: 'bigint' });
  const live = await measureSideBySide(url, short, long);
  const [shortP99, longP99] = live.map(({ endToEnd }) => shareOf(endToEnd, 0.99));
  addLive('analyzer.on_merge', 'with that history', live[1], { limit: 3, goFor: 2 });
  addRatio(
    'analyzer.on_merge.length_ratio',
    `p99 with ${MERGES.toLocaleString('en')} merges over p99 with ${(MERGES / 100).toLocaleString('en')}`,
    longP99,
    shortP99,
    { limit: 1.3, goFor: 1.1 },
  );
}

async function measureCopies({ database: { kysely } }: History): Promise<void> {
  await sql`create table copied (item text primary key, ordinal bigint unique, event text, project text, at timestamptz)`.execute(
    kysely,
  );
  await sql`create index on copied (project, ordinal)`.execute(kysely);
  const startedAt = mark(server.pid);
  await sql`insert into copied select work_item_id, id, id::text, payload ->> 'project', created_at
    from long.events_outbox where payload ->> 'target' = 'merged'`.execute(kysely);
  addRate(
    'analyzer.baseline.rows',
    'PostgreSQL alone copies the rows of a rebuild, with the same keys',
    startedAt,
  );
  await sql`drop table copied`.execute(kysely);
}

/** Ids that are no integers have no order that says what is new. */
async function measureUuids(url: string): Promise<void> {
  const merges = MERGES / 5;
  const long = await writeHistory(url, 'uuid_long', { merges, projects: PROJECTS, ids: 'uuid' });
  const short = await writeHistory(url, 'uuid_short', {
    merges: merges / 10,
    projects: PROJECTS,
    ids: 'uuid',
  });
  const live = await measureSideBySide(url, short, long);
  const [shortP99, longP99] = live.map(({ endToEnd }) => shareOf(endToEnd, 0.99));
  addLive(
    'analyzer.on_merge.uuid',
    `with ${merges.toLocaleString('en')} merges under uuid ids and an index on created_at`,
    live[1],
  );
  addRatio(
    'analyzer.on_merge.uuid.length_ratio',
    `p99 of that over p99 with ${(merges / 10).toLocaleString('en')} merges under uuid ids and that index`,
    longP99,
    shortP99,
    { limit: 1.3, goFor: 1.1 },
  );
}

async function measureSideBySide(url: string, short: History, long: History): Promise<readonly LiveMerges[]> {
  const live = [await startLiveMerges(url, short), await startLiveMerges(url, long)];
  await sql`vacuum analyze`.execute(long.database.kysely);
  await sql`checkpoint`.execute(long.database.kysely);
  for (let round = 0; round < LIVE_ROUNDS; round += 1) {
    for (const merges of live) await merges.run(LIVE_MERGES_A_ROUND);
  }
  for (const merges of live) await merges.stop();
  await short.database.close();
  await long.database.close();
  return live;
}

function addLive(name: string, when: string, live: LiveMerges | undefined, bar?: Bar): void {
  if (live === undefined) throw new Error('nothing was measured');
  const { plain, followed, endToEnd } = live;
  add(
    `${name}.followed.p50`,
    `from a merge's commit to what follows, with \`watch\`, ${when}`,
    'ms',
    shareOf(followed, 0.5),
  );
  add(`${name}.followed.p99`, `the same, p99`, 'ms', shareOf(followed, 0.99));
  add(
    `${name}.end_to_end.p50`,
    `from the begin of a merge's transaction to what follows, with \`watch\`, ${when}`,
    'ms',
    shareOf(endToEnd, 0.5),
  );
  add(`${name}.end_to_end.p99`, `the same, p99`, 'ms', shareOf(endToEnd, 0.99));
  add(
    `${name}.plain.p50`,
    'begin, insert of a merge event, update of its work item, commit, in tables that nobody watches, in the same loop',
    'ms',
    shareOf(plain, 0.5),
  );
  add(`${name}.plain.p99`, 'the same, p99', 'ms', shareOf(plain, 0.99));
  addRatio(
    `${name}.ratio`,
    'p99 end to end over p99 of the plain transaction',
    shareOf(endToEnd, 0.99),
    shareOf(plain, 0.99),
    bar,
  );
}

function addRatio(
  name: string,
  meaning: string,
  upper: number | undefined,
  lower: number | undefined,
  bar?: Bar,
): void {
  if (upper === undefined || lower === undefined) throw new Error(`nothing was measured for ${name}`);
  add(name, meaning, 'ratio', upper / lower, bar);
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

/** Wall time says how it was on this machine now; processor time is the same on a busy one. */
function addRate(name: string, meaning: string, since: Mark, bar?: Bar): void {
  const now = mark(server.pid);
  const seconds = (now.atMs - since.atMs) / 1000;
  const cpuSeconds = (now.cpuMs - since.cpuMs) / 1000;
  add(name, meaning, 'merges/s', MERGES / seconds, bar);
  add(
    `${name}.cpu`,
    "the same for a second of processor time, ours and the server's",
    'merges/s',
    MERGES / cpuSeconds,
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
