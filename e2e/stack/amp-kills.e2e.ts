/**
 * What a killed gateway costs on the way to AMP: at most what it merged since the last scrape, of series that a catalogue
 * knows and of those that none knows.
 */
import { FAB_METRICS } from '@ephemetry/contract';
import { querySamples, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { riseOf } from '../support/rise.ts';
import { remembers, startSessionLoad, UNCATALOGUED } from '../support/session-load.ts';
import { startStack } from '../support/stack.ts';

/** 10 for a soak. */
const KILLS = Number(process.env['E2E_KILLS'] ?? 3);
/** Scrape interval 1 s, the queue's flush 0.2 s, and the way to Prometheus. */
const AT_RISK_MS = 2_500;

test(`${KILLS} SIGKILLs of the gateway under load lose at most what it merged since the last scrape, with a catalogue or without`, async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const load = startSessionLoad(stack.gateway.endpoint, 1);
  let atRisk = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = load.sent();
    await waitFor(() => load.sent() > before + 300, { what: '300 batches to be sent', deadlineMs: 120_000 });
    await stack.gateway.service.kill('SIGKILL');
    atRisk += load.takenSince(Date.now() - AT_RISK_MS);
    load.pause();
    await stack.gateway.start();
    // The manifest's readiness probe keeps traffic away until then.
    await remembers(stack.gateway, stack.directory);
    await stack.scraped();
    load.resume();
  }
  await load.end();
  await stack.settled();
  await stack.scraped();
  const rise = await riseOf(stack.prometheus);
  const counted = (name: string): number =>
    [...rise].filter(([series]) => series.startsWith(name)).reduce((sum, [, value]) => sum + value, 0);
  const lost = load.sent() - counted(FAB_METRICS.agentSessions.name);
  // A first value has no 0 before it, so it is no rise.
  const [samples] = await querySamples(stack.prometheus.url, `${UNCATALOGUED}{job="fab"}[1h]`);
  const [, first = 0] = samples?.samples[0] ?? [];
  const uncatalogued = load.sent() - first - counted(UNCATALOGUED);
  console.log(
    `${KILLS} kills: ${lost} of ${load.sent()} sessions lost, ${uncatalogued} events that no catalogue knows; ${atRisk} came within ${AT_RISK_MS / 1_000} s before a kill`,
  );
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(lost).toBeLessThanOrEqual(atRisk);
  expect(uncatalogued).toBeGreaterThanOrEqual(0);
  expect(uncatalogued).toBeLessThanOrEqual(atRisk);
}, 600_000);
