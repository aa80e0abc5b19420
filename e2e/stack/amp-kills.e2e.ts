/**
 * What a killed gateway costs on the way to AMP: at most what came since the last scrape before the kill, of series that a
 * catalogue knows and of those that none knows.
 */
import { FAB_METRICS } from '@ephemetry/contract';
import { querySamples, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { noteFigure } from '../support/note-figure.ts';
import { riseOf } from '../support/rise.ts';
import {
  remembersSessions,
  SENDERS,
  type SessionLoad,
  startSessionLoad,
  UNCATALOGUED,
} from '../support/session-load.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** 10 in `pnpm soak:e2e`. */
const KILLS = Number(process.env['E2E_KILLS'] ?? 3);
/** Of a stack. */
const SCRAPE_INTERVAL_MS = 1_000;
const SESSIONS = FAB_METRICS.agentSessions.name;

/** Batches that were answered with success, and are not in AMP: of series that a catalogue knows, and that none knows. */
interface Missing {
  readonly sessions: number;
  readonly uncatalogued: number;
}

/** What is missing after some kills, and how many scrape intervals of load each of them cost. */
interface Kills extends Missing {
  readonly intervals: readonly Missing[];
}

async function missingIn(stack: Stack, load: SessionLoad): Promise<Missing> {
  const rise = await riseOf(stack.prometheus);
  const counted = (name: string): number =>
    [...rise].filter(([series]) => series.startsWith(name)).reduce((sum, [, value]) => sum + value, 0);
  // A first value has no 0 before it, so it is no rise.
  const [samples] = await querySamples(stack.prometheus.url, `${UNCATALOGUED}{job="fab"}[1h]`);
  const [, first = 0] = samples?.samples[0] ?? [];
  const taken = load.takenSince(0);
  return { sessions: taken - counted(SESSIONS), uncatalogued: taken - first - counted(UNCATALOGUED) };
}

/** Kills the gateway under load; `missing` before it is what earlier kills lost. Resolves to what is missing after it. */
async function killOnce(stack: Stack, load: SessionLoad, before: Kills): Promise<Kills> {
  const sent = load.sent();
  await waitFor(() => load.sent() > sent + 300, { what: '300 batches to be sent', deadlineMs: 120_000 });
  await stack.gateway.service.kill('SIGKILL');
  load.pause();
  const inLastInterval = Math.max(1, load.takenSince(Date.now() - SCRAPE_INTERVAL_MS));
  // Nobody scrapes any more: this is what the last scrape did not have, in the queue or in the totals.
  const unscraped = await missingIn(stack, load);
  await stack.gateway.start();
  // The manifest's readiness probe keeps traffic away until then.
  await remembersSessions(stack.gateway, stack.directory);
  await stack.settled();
  const after = await missingIn(stack, load);
  console.log(
    `lost: ${after.sessions - before.sessions} sessions, ${after.uncatalogued - before.uncatalogued} events that no catalogue knows; not scraped: ${unscraped.sessions - before.sessions}; came in the scrape interval before the kill: ${inLastInterval}`,
  );
  for (const kind of ['sessions', 'uncatalogued'] as const) {
    // One that was not answered may be counted.
    expect(after[kind]).toBeGreaterThanOrEqual(before[kind] - SENDERS);
    expect(after[kind], `${kind} lost`).toBeLessThanOrEqual(Math.max(before[kind], unscraped[kind]));
  }
  load.resume();
  return {
    ...after,
    intervals: [
      ...before.intervals,
      {
        sessions: (after.sessions - before.sessions) / inLastInterval,
        uncatalogued: (after.uncatalogued - before.uncatalogued) / inLastInterval,
      },
    ],
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test(`${KILLS} SIGKILLs of the gateway under load lose at most what came since the scrape before, with a catalogue or without`, async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const load = startSessionLoad(stack.gateway.endpoint, 1);
  let missing: Kills = { sessions: 0, uncatalogued: 0, intervals: [] };
  for (let kill = 0; kill < KILLS; kill += 1) missing = await killOnce(stack, load, missing);
  await load.end();
  await stack.settled();
  const { sessions, uncatalogued } = await missingIn(stack, load);
  console.log(
    `${KILLS} kills: ${sessions} of ${load.sent()} sessions lost, ${uncatalogued} events that no catalogue knows`,
  );
  noteFigure('gateway.amp.lost', mean(missing.intervals.map((each) => each.sessions)));
  noteFigure('gateway.amp.lost_uncatalogued', mean(missing.intervals.map((each) => each.uncatalogued)));
  expect(sessions).toBeGreaterThanOrEqual(0);
  expect(uncatalogued).toBeGreaterThanOrEqual(0);
  // Without a kill nothing is lost.
  expect(sessions).toBeLessThanOrEqual(Math.max(0, missing.sessions) + SENDERS);
  expect(uncatalogued).toBeLessThanOrEqual(Math.max(0, missing.uncatalogued) + SENDERS);
}, 1_200_000);
