/** Numbers of a report are those that counting gives, and a row's selection lists exactly its runs, on both engines. */
import { kyselyOn } from '@ephemetry/store/kysely';
import { describeEngines } from '@ephemetry/testing/engines';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentRun } from '../src/facts/agent-run.ts';
import { eventsOf, type ShortEvent } from '../src/fixtures/event-lines.ts';
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import type { ReportRow } from '../src/report/report.ts';
import { reportRuns } from '../src/report/report-runs.ts';
import { valuesOf } from '../src/selection/dimensions.ts';
import { parseSelection, type Selection } from '../src/selection/selection.ts';
import { readRuns, selectedBy } from '../src/store/select-runs.ts';
import type { RunTables } from '../src/store/tables.ts';
import { batchOf } from './batch-of.ts';
import { openHere } from './run-stores.ts';
import { watchRows } from './watch-rows.ts';

const DAY_S = 86_400;

/** Runs that differ in everything that a report looks at. */
const RUN = fc
  .record({
    project: fc.constantFrom('p1', 'p2', undefined),
    model: fc.constantFrom('m1', 'm2', undefined),
    release: fc.constantFrom('1', '2', undefined),
    day: fc.integer({ min: 0, max: 20 }),
    tools: fc.array(
      fc.tuple(fc.constantFrom('search', 'book'), fc.boolean(), fc.integer({ min: 0, max: 5 })),
      { maxLength: 4 },
    ),
    end: fc.constantFrom('completed', 'failed', 'cancelled', undefined),
    success: fc.constantFrom(true, false, null),
    durationMs: fc.constantFrom(1, 2, 3, 4, 5, null),
    tokens: fc.constantFrom(10, null),
  })
  .map(({ project, model, release, day, tools, end, success, durationMs, tokens }): readonly ShortEvent[] => [
    {
      type: 'run.started',
      at: day * DAY_S,
      payload: { project, model, ...(release === undefined ? {} : { tags: { release } }) },
    },
    ...tools.map(
      ([tool, isFailed, duration]): ShortEvent => ({
        type: 'tool.call',
        at: day * DAY_S,
        status: isFailed ? 'error' : 'ok',
        payload: { tool, duration_ms: duration },
      }),
    ),
    ...(end === undefined
      ? []
      : [
          {
            type: 'run.finished',
            at: day * DAY_S,
            status: end,
            payload: { success, duration_ms: durationMs, input_tokens: tokens, output_tokens: tokens },
          },
        ]),
  ]);

const QUESTIONS: readonly (readonly [readonly string[], number | undefined, string])[] = [
  [[], undefined, ''],
  [['model'], undefined, ''],
  [['project', 'tag.release'], undefined, 'model=m1'],
  [['tool'], undefined, 'tool=search&project=p1'],
  [['model', 'tool'], 7 * DAY_S * 1000, ''],
  [['model'], DAY_S * 1000, 'without=project&from=2026-02-03'],
];

describeEngines(({ newPlace }) => {
  test.each(QUESTIONS)('by %j in steps of %s of %j', async (by, stepMs, where) => {
    const store = await openHere(await newPlace());
    const samples = fc.sample(RUN, { numRuns: 150, seed: 7 });
    await ingestBatch(
      store,
      batchOf(
        'all',
        samples.flatMap((short, index) => eventsOf(`run-${index}`, short)),
      ),
    );
    const selection = parsed(where);
    const { rows } = await reportRuns(store, {
      where: selection,
      by,
      ...(stepMs === undefined ? {} : { stepMs }),
    });
    const seen = new Map<string, number>();
    for (const row of rows) {
      const runs = await readRuns(store, parsed(row.selection ?? 'project=never'));
      expect(numbersOf(row)).toEqual(counted(runs, row.values['tool']));
      for (const { runId } of runs) seen.set(runId, (seen.get(runId) ?? 0) + 1);
      for (const run of runs) expect(isIn(run, row)).toBe(true);
    }
    const expected = await readRuns(store, selection);
    const timed =
      stepMs === undefined ? expected : expected.filter(({ startUnixMs }) => startUnixMs !== undefined);
    expect([...seen.keys()].sort()).toEqual(timed.map(({ runId }) => runId).sort());
    if (!by.includes('tool')) expect([...seen.values()].every((count) => count === 1)).toBe(true);
  });

  test('values beyond the limit are counted where they are, and shown together', async () => {
    const store = await openHere(await newPlace());
    const events = Array.from({ length: 1_100 }, (_, index) =>
      eventsOf(`run-${String(index).padStart(4, '0')}`, [
        { type: 'run.started', payload: { tags: { request: `value ${index}` } } },
      ]),
    ).flat();
    await ingestBatch(store, batchOf('all', events));
    const { database, mostRows } = watchRows(store.database, /min\(run_number\)/);
    const watched = { ...store, kysely: kyselyOn<RunTables>(database) };
    const { rows, others } = await reportRuns(watched, { by: ['tag.request'] });
    expect(others).toEqual({ 'tag.request': 100 });
    expect(rows).toHaveLength(1_001);
    expect(rows[0]).toMatchObject({ values: { 'tag.request': 'other' }, runs: 100, selection: undefined });
    expect(rows.some(({ values }) => values['tag.request'] === 'value 999')).toBe(true);
    expect(mostRows()).toBe(1_000);
  });

  test('no query looks through the labels again for each run', async () => {
    const { kysely } = await openHere(await newPlace());
    const plan = await kysely
      .selectFrom('runs')
      .selectAll('runs')
      .where((build) => selectedBy(build, parsed('without=tool&without=tag.release')))
      .explain();
    expect(JSON.stringify(plan)).not.toContain('SubPlan');
  });

  test('runs without a tool have their own failures and calls, and not those of runs with one', async () => {
    const store = await openHere(await newPlace());
    const model: ShortEvent = { type: 'model.call', status: 'error', payload: { error: 'overloaded' } };
    const unnamed: ShortEvent = { type: 'tool.call', status: 'ok', payload: { duration_ms: 7 } };
    const search: ShortEvent = {
      type: 'tool.call',
      status: 'error',
      payload: { tool: 'search', error: 'timed out' },
    };
    const events = [
      ...eventsOf('with', [search, model, unnamed]),
      ...eventsOf('without', [model, unnamed, unnamed]),
    ];
    await ingestBatch(store, batchOf('all', events));
    const { rows } = await reportRuns(store, { by: ['tool'] });
    const counts = rows.map(({ values, runs, failures, toolCalls }) => [
      values['tool'],
      runs,
      Object.values(failures).reduce((sum, count) => sum + count, 0),
      toolCalls.n,
    ]);
    expect(counts).toHaveLength(2);
    expect(counts).toContainEqual(['search', 1, 1, 0]);
    expect(counts).toContainEqual([null, 1, 1, 2]);
  });

  test('runs without a time are in no step, and have no selection that would list others', async () => {
    const store = await openHere(await newPlace());
    const events = ['timed', 'timeless'].flatMap((runId) => eventsOf(runId, [{ type: 'run.started' }]));
    const untimed = events.map((event) =>
      event.runId === 'timeless' ? { ...event, unixMs: undefined } : event,
    );
    await ingestBatch(store, batchOf('all', untimed));
    const { rows } = await reportRuns(store, { stepMs: DAY_S * 1000 });
    const listed = await Promise.all(
      rows.map(async ({ runs, selection }) => [
        runs,
        selection === undefined ? undefined : (await readRuns(store, parsed(selection))).length,
      ]),
    );
    expect(listed.toSorted()).toEqual([
      [1, undefined],
      [1, 1],
    ]);
  });
}, 'duckdb');

function parsed(text: string): Selection {
  const result = parseSelection(text);
  if (result.kind === 'fault') throw new Error(result.message);
  return result.selection;
}

function isIn(run: AgentRun, { values }: ReportRow): boolean {
  return Object.entries(values).every(([dimension, value]) => {
    const own = valuesOf(run, dimension);
    return value === null ? own.length === 0 : own.includes(value);
  });
}

function numbersOf(row: ReportRow): object {
  const { runs, states, success, duration, tokens, toolFailure, toolCallsOfRuns } = row;
  return {
    runs,
    states,
    success: [success.hits, success.n, success.unknown],
    duration: [duration.p50?.value, duration.p95?.value, duration.p99?.value, duration.n, duration.unknown],
    tokens: [tokens.sum, tokens.n, tokens.unknown],
    toolFailure: [toolFailure.hits, toolFailure.n],
    toolCalls: toolCallsOfRuns.sum,
  };
}

/** The same by counting. */
function counted(runs: readonly AgentRun[], tool: string | null | undefined): object {
  const finished = runs.filter(({ state }) => state === 'finished');
  const known = finished.filter(({ success }) => success !== undefined);
  const durations = finished
    .flatMap(({ durationMs }) => durationMs ?? [])
    .sort((left, right) => left - right);
  const at = (percent: number): number | undefined =>
    durations[Math.ceil((durations.length * percent) / 100) - 1];
  const tokens = finished.flatMap((run) => run.tokens ?? []);
  const uses = finished.map(({ tools }) =>
    typeof tool === 'string'
      ? [...tools].filter(([name]) => name === tool).map(([, use]) => use)
      : [...tools.values()],
  );
  return {
    runs: runs.length,
    states: {
      finished: finished.length,
      cancelled: runs.filter(({ state }) => state === 'cancelled').length,
      unfinished: runs.filter(({ state }) => state === 'unfinished').length,
    },
    success: [known.filter(({ success }) => success).length, known.length, finished.length - known.length],
    duration: [at(50), at(95), at(99), durations.length, finished.length - durations.length],
    tokens: [tokens.reduce((sum, each) => sum + each, 0), tokens.length, finished.length - tokens.length],
    toolFailure: [
      uses.filter((own) => own.some(({ failed }) => failed > 0)).length,
      uses.filter((own) => own.length > 0).length,
    ],
    toolCalls: uses.flat().reduce((sum, { calls }) => sum + calls, 0),
  };
}
