/** From the end of a process to its value in Prometheus, at the default scrape interval. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FAB_METRICS, FAB_ROSTER, fabRoleLabels } from '@ephemetry/contract';
import {
  queryPrometheus,
  startAmpStandIn,
  startPrometheus,
  temporaryDirectory,
  waitFor,
} from '@ephemetry/testing';
import { type Figure, shareOf } from '../../scripts/figure.ts';
import { startGateway } from '../support/gateway.ts';
import { runOnce } from '../support/load.ts';
import { createRandom } from '../support/random.ts';
import { CREDENTIALS, forwardTo } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

const RUNS = 60;
/** Three scrape intervals, so that runs end at every moment between two scrapes. */
const SPREAD_MS = 45_000;

/** Real exporter processes, each with a series of its own; half and 99 of 100 of their delays. */
export async function measureDelay(): Promise<readonly Figure[]> {
  using directory = temporaryDirectory();
  const { prometheus: binary } = locateTools();
  await using prometheus = await startPrometheus({ binary, logFile: join(directory.path, 'prometheus.log') });
  await using amp = await startAmpStandIn({ ...CREDENTIALS, writeUrl: prometheus.writeUrl });
  await using gateway = await startGateway({
    directory: directory.path,
    logFile: join(directory.path, 'gateway.log'),
    fixed: { ...forwardTo(amp), GATEWAY_SCRAPE_INTERVAL: '15s', GATEWAY_SCRAPE_TIMEOUT: '10s' },
  });
  const name = FAB_METRICS.agentSessions.name;
  const shown = async (query: string): Promise<readonly string[]> =>
    (await queryPrometheus(prometheus.url, query)).map(({ labels }) => labels['role'] ?? '');
  const isAnnounced = async (): Promise<boolean> => (await shown(name)).length >= RUNS;
  await waitFor(isAnnounced, { what: 'the zeros in Prometheus', deadlineMs: 60_000 });
  const random = createRandom(37);
  const endedAt = new Map<string, number>();
  const delays = new Map<string, number>();
  const run = async (role: string, afterMs: number): Promise<void> => {
    await wait(afterMs);
    const labels = { ...fabRoleLabels(role) };
    const spoolDir = join(directory.path, 'spool');
    const env = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
    const measurements = [{ metric: 'agentSessions', labels, value: 1 }] as const;
    await runOnce({ measurements, ending: 'exit' }, { endpoint: gateway.endpoint, spoolDir, env });
    endedAt.set(role, performance.now());
  };
  const look = async (): Promise<boolean> => {
    const roles = await shown(`${name} > 0`);
    const now = performance.now();
    for (const role of roles) {
      const ended = endedAt.get(role);
      if (ended !== undefined && !delays.has(role)) delays.set(role, (now - ended) / 1_000);
    }
    return delays.size === RUNS;
  };
  const roles = FAB_ROSTER.slice(0, RUNS).map(({ role }) => role);
  const runs = roles.map((role) => run(role, random() * SPREAD_MS));
  await waitFor(look, { what: 'every run in Prometheus', deadlineMs: 120_000 });
  await Promise.all(runs);
  const figure = (share: number): Figure => ({
    name: `gateway.delay.p${share * 100}`,
    meaning: `From the end of a process to its value in Prometheus, ${share * 100} of 100 of ${RUNS} runs, scraped every 15 s`,
    unit: 's',
    value: shareOf([...delays.values()], share),
  });
  return [figure(0.5), figure(0.99)];
}
