/** How fast runs are kept and asked for: a million events of 100,000 runs in DuckDB, and in PostgreSQL where there is one. */

import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nearestRank } from '@ephemetry/statistics';
import { findPostgresPrograms, startPostgresServer } from '@ephemetry/testing';
import type { Bar, Figure } from '../../../scripts/figure.ts';
import { readBatches } from '../src/ingest/read-batches.ts';
import { ingestBatches } from '../src/ingest/take-in.ts';
import { reportRuns } from '../src/report/report-runs.ts';
import { parseSelection, type Selection } from '../src/selection/selection.ts';
import { openRunStore } from '../src/store/open-run-store.ts';

/** Each run has a start, an end, four calls of a model and four of a tool. */
const EVENTS_OF_RUN = 10;
const WEEK_MS = 7 * 86_400_000;
const START_UNIX_MS = Date.UTC(2026, 0, 5);
const REPETITIONS = 5;

type Add = (name: string, meaning: string, unit: Figure['unit'], value: number, bar?: Bar) => void;

/** Measures with so many events, over four weeks, of three projects. */
export async function measureStore(add: Add, events: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'ephemetry-bench-'));
  try {
    const file = join(directory, 'events.jsonl');
    await writeRuns(file, events / EVENTS_OF_RUN);
    await measureDuckdb(add, join(directory, 'runs'), file, events);
    if (findPostgresPrograms() !== undefined) await measurePostgresql(add, file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureDuckdb(add: Add, place: string, file: string, events: number): Promise<void> {
  const seconds = await timed(() => ingest(place, file));
  add(
    'runs.store.ingest',
    'events a second, from a file to durable and folded',
    'events/s',
    events / seconds,
    {
      limit: 20_000,
      goFor: 60_000,
      isLeast: true,
    },
  );
  const bytes = statSync(join(place, 'runs.duckdb')).size / events;
  add('runs.store.bytes', 'bytes of the database for each event, facts included', 'bytes', bytes, {
    limit: 120,
    goFor: 70,
  });
  const [byTool, byScenario] = await aggregates(place);
  add('runs.store.report.tool', WEEK_QUESTION, 'ms', byTool, { limit: 50, goFor: 10 });
  add('runs.store.report.scenario', HALF_QUESTION, 'ms', byScenario, { limit: 200, goFor: 80 });
  const memory = process.resourceUsage().maxRSS / 1024;
  add('runs.store.memory', 'the most memory of all of this, ingest included', 'MiB', memory, {
    limit: 600,
    goFor: 300,
  });
}

async function measurePostgresql(add: Add, file: string): Promise<void> {
  const server = await startPostgresServer({ isDurable: true });
  try {
    const place = server.newDatabase();
    await ingest(place, file);
    const [byTool, byScenario] = await aggregates(place);
    const slower = Math.max(byTool, byScenario);
    add('runs.store.report.postgresql', 'the slower of the two in PostgreSQL', 'ms', slower, {
      limit: 300,
      goFor: 100,
    });
  } finally {
    await server.stop();
  }
}

async function ingest(place: string, file: string): Promise<void> {
  const chunks = createReadStream(file, { highWaterMark: 1024 * 1024 });
  const ingested = await ingestBatches(place, { version: 'bench' }, readBatches(chunks, { source: file }));
  if ('kind' in ingested) throw new Error(ingested.message);
}

const WEEK_QUESTION = 'report by model and tool of a project and a week, with p50, p95 and p99';
const HALF_QUESTION = 'report by scenario and model of half of the time';

async function aggregates(place: string): Promise<readonly [number, number]> {
  const store = await openRunStore(place, { version: 'bench' });
  if (!('kysely' in store)) throw new Error(store.message);
  const week = selection(`project=p1&from=${day(7)}&to=${day(14)}`);
  const half = selection(`from=${day(0)}&to=${day(14)}`);
  const ask = async (where: Selection, by: readonly string[]): Promise<number> => {
    const times: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1)
      times.push(1000 * (await timed(() => reportRuns(store, { where, by }))));
    return nearestRank(times, 50);
  };
  try {
    return [await ask(week, ['model', 'tool']), await ask(half, ['scenario', 'model'])];
  } finally {
    await store.close();
  }
}

function day(index: number): string {
  return new Date(START_UNIX_MS + index * 86_400_000).toISOString().slice(0, 10);
}

function selection(text: string): Selection {
  const parsed = parseSelection(text);
  if (parsed.kind === 'fault') throw new Error(parsed.message);
  return parsed.selection;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

async function writeRuns(file: string, runs: number): Promise<void> {
  const stream = createWriteStream(file);
  for (let run = 0; run < runs; run += 1)
    if (!stream.write(runLines(run, START_UNIX_MS + Math.floor((run / runs) * 4 * WEEK_MS))))
      await once(stream, 'drain');
  stream.end();
  await once(stream, 'finish');
}

/** Values differ as those of real runs do; which they are does not matter. */
function runLines(run: number, startUnixMs: number): string {
  const model = `model-${run % 3}`;
  const lines: string[] = [];
  const add = (event_type: string, status: string | null, payload: object): void => {
    const seq = lines.length;
    const timestamp = startUnixMs + 700 * seq;
    lines.push(
      `${JSON.stringify({ v: 1, run_id: `run-${run}`, seq, event_type, status, timestamp, payload })}\n`,
    );
  };
  add('run.started', null, {
    project: `p${run % 3}`,
    scenario: `scenario-${run % 41}`,
    model,
    agent: 'agent',
    config: { commit: `c${run % 10}` },
    tags: { release: `1.${run % 5}` },
  });
  for (let call = 0; call < 4; call += 1) {
    const spread = (run * 7919 + call * 131) % 2000;
    add('model.call', 'ok', {
      model,
      duration_ms: 300 + spread,
      input_tokens: 900 + (spread % 500),
      output_tokens: 50 + (spread % 97),
      cost_usd: (spread % 1000) / 1e5,
    });
    const isFailed = (run * 7 + call) % 23 === 0;
    const error = isFailed ? { error: { code: 'ETIMEDOUT', message: `timed out after ${run} s` } } : {};
    add('tool.call', isFailed ? 'error' : 'ok', {
      tool: `tool-${(run + call) % 8}`,
      duration_ms: 20 + (spread % 911),
      arguments_digest: `d${spread % 100}`,
      ...error,
    });
  }
  add('run.finished', 'completed', { success: run % 3 !== 0, duration_ms: 7000 + (run % 1013) });
  return lines.join('');
}
