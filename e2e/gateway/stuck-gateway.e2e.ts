/**
 * FabGatewayStuck, raised by a real gateway in a real Prometheus. The rule is the shipped one with all of its times and its
 * bytes divided, so that minutes are seconds and an attack fits the machine; `alert-gateway-stuck.e2e.ts` has it as it is.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePorts,
  type Prometheus,
  startAmpStandIn,
  startPrometheus,
  temporaryDirectory,
  waitFor,
} from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { stringify } from 'yaml';
import { manifestMemory } from '../bench/measured-gateway.ts';
import { alertRules } from '../boards/alert-scenario.ts';
import { openDoor } from '../support/door.ts';
import { type Gateway, shipped, startGateway } from '../support/gateway.ts';
import {
  batchOf,
  emptyMessages,
  histogramOf,
  honestBatch,
  pointNow,
  postProtobuf,
} from '../support/hostile-requests.ts';
import { showsTotal } from '../support/laptop-gateway.ts';
import { post } from '../support/post.ts';
import { CREDENTIALS, forwardTo, keptLogs } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

const ALERT = 'FabGatewayStuck';
/** A scrape a second is to 12 s what the manifest's 15 s are to three minutes. */
const FASTER = 15;
/** The attack that `memory.e2e.ts` measures takes 1.2 GiB of a container's 4 GiB, behind the door. */
const SMALLER = 6;
const GATEWAY = shipped('exact.yaml', 'histograms.yaml', 'gateway.yaml');

interface Watched {
  readonly gateway: Gateway;
  /** Reasons for which the alert fires now. */
  firing(): Promise<readonly string[]>;
}

async function startWatched(
  t: TestContext,
  options: { readonly configs: readonly string[]; readonly env: Readonly<Record<string, string>> },
): Promise<Watched> {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const prometheus = await startPrometheus({
    binary: locateTools().prometheus,
    logFile: join(logs, 'prometheus.log'),
    config: watching(directory.path),
  });
  t.onTestFinished(() => prometheus.stop());
  const amp = await startAmpStandIn({ ...CREDENTIALS, writeUrl: prometheus.writeUrl });
  t.onTestFinished(() => amp[Symbol.asyncDispose]());
  const gateway = await startGateway({
    configs: options.configs,
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
    fixed: forwardTo(amp),
    env: options.env,
  });
  // What is stuck would be tried until the end.
  t.onTestFinished(() => gateway.service.kill('SIGKILL'));
  return { gateway, firing: () => firingReasons(prometheus) };
}

/** A configuration of Prometheus with the one rule, faster and smaller. */
function watching(directory: string): string {
  const rule = alertRules().find(({ alert }) => alert === ALERT);
  if (rule === undefined) throw new Error(`no alert ${ALERT}`);
  const faster = (text: string): string =>
    text.replace(/(?<=\[|offset |^)(\d+)m\b/g, (_, minutes) => `${(Number(minutes) * 60) / FASTER}s`);
  const smaller = (text: string): string =>
    text.replace(/\d{9,}/g, (bytes) => String(Number(bytes) / SMALLER));
  const rules = [{ ...rule, expr: smaller(faster(rule.expr)), for: faster(rule.for) }];
  const file = join(directory, 'rules.yaml');
  writeFileSync(file, stringify({ groups: [{ name: 'fast', interval: '1s', rules }] }));
  return stringify({ rule_files: [file] });
}

async function firingReasons({ url }: Prometheus): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/v1/alerts`);
  const { data }: { data: { alerts: readonly { state: string; labels: Record<string, string> }[] } } =
    JSON.parse(await response.text());
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['reason'] ?? '');
}

async function fires({ firing }: Watched, reason: string): Promise<void> {
  const isFiring = async (): Promise<boolean> => (await firing()).includes(reason);
  await waitFor(isFiring, { what: `${ALERT} for the reason ${reason}`, deadlineMs: 90_000 });
}

test('a queue that cannot move raises its alert, and what is in it counts once the way is free', async (t) => {
  const [closed = 0] = await freePorts(1);
  const env = { GATEWAY_LOOPBACK_URL: `http://127.0.0.1:${closed}` };
  const watched = await startWatched(t, { configs: GATEWAY, env });
  expect((await post(watched.gateway.endpoint, honestBatch('waits'))).status).toBe(200);
  await fires(watched, 'queue');
  await watched.gateway.service.kill('SIGKILL');
  await watched.gateway.start({});
  await showsTotal(watched.gateway, 'innocent_total', 1);
  const isQuiet = async (): Promise<boolean> => (await watched.firing()).length === 0;
  await waitFor(isQuiet, { what: 'the alert to end', deadlineMs: 90_000 });
});

test('totals that no scrape can read raise their alert', async (t) => {
  const poisoned = join(import.meta.dirname, '..', 'support', 'fixtures', 'poisoned-totals.yaml');
  const watched = await startWatched(t, { configs: [...GATEWAY, poisoned], env: {} });
  const point = pointNow({ count: '1', sum: 1, explicitBounds: [5], bucketCounts: ['1', '0'] }, { le: '5' });
  await post(watched.gateway.endpoint, batchOf('poison', [histogramOf('poison_seconds', point)]));
  await fires(watched, 'scrape');
});

test('requests of a few kilobytes that take the memory raise their alert, and an honest one does not', async (t) => {
  const watched = await startWatched(t, { configs: GATEWAY, env: manifestMemory() });
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  // Without it they would take the memory of the machine.
  const door = await openDoor(watched.gateway, join(directory.path, 'door.log'));
  t.onTestFinished(() => door.service.stop());
  expect((await post(door.endpoint, honestBatch('honest'))).status).toBe(200);
  await showsTotal(watched.gateway, 'innocent_total', 1);
  expect(await watched.firing()).toEqual([]);
  const worst = emptyMessages(4 * 2 ** 20);
  await Promise.all(Array.from({ length: 8 }, () => postProtobuf(door.endpoint, worst)));
  await fires(watched, 'memory');
});
