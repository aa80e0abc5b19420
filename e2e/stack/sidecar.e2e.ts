import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FAB_ROSTER } from '@ephemetry/contract';
import {
  freePorts,
  parseBatches,
  queryPrometheus,
  readExposition,
  type Service,
  startCollector,
  waitFor,
} from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { shipped, sumOf } from '../support/gateway.ts';
import { createRandom } from '../support/random.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

/** `lifecycle.preStop.sleep` of the sidecar in examples/kubernetes; a test holds the manifests to it. */
const PRE_STOP_MS = 5_000;
const WRITER = join(import.meta.dirname, '..', 'support', 'fixtures', 'persisting-writer.ts');
const EPHEMETRY = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'dist', 'main.js');

interface Sidecar extends Service {
  /** Resolves when it has read nothing new for several polls: where the machine is busy, preStop is too short for it. */
  readonly caughtUp: () => Promise<void>;
}

async function startSidecar(stack: Stack, spoolDir: string): Promise<Sidecar> {
  const [http = 0, grpc = 0, health = 0, own = 0] = await freePorts(4);
  const service = await startCollector({
    binary: locateTools().collector,
    configs: shipped('sidecar.yaml'),
    env: {
      GATEWAY_URL: new URL(stack.gateway.endpoint).origin,
      EPHEMETRY_SPOOL_DIR: spoolDir,
      SIDECAR_OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
      SIDECAR_OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
      SIDECAR_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
      SIDECAR_OWN_METRICS_PORT: String(own),
    },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(stack.logs, 'sidecar.log'),
  });
  const read = async (): Promise<number> => {
    const page = await (await fetch(`http://127.0.0.1:${own}/metrics`)).text();
    return sumOf(readExposition(page), 'otelcol_receiver_accepted_metric_points', /spool/);
  };
  return Object.assign(service, { caughtUp: () => standsStill(read) });
}

/** Several polls of the sidecar. */
const STILL_MS = 2_000;

async function standsStill(read: () => Promise<number>): Promise<void> {
  let last = await read();
  let sinceMs = performance.now();
  const isStill = async (): Promise<boolean> => {
    const now = await read();
    if (now !== last) sinceMs = performance.now();
    last = now;
    return performance.now() - sinceMs > STILL_MS;
  };
  await waitFor(isStill, { what: 'the sidecar to have read the spool', deadlineMs: 60_000 });
}

/** Runs a writer and kills it at its n-th session; what it does meanwhile is up to chance. */
async function killedWriter(role: string, spoolDir: string, atSession: number): Promise<void> {
  expect(await endedWriter(role, spoolDir, { signal: 'SIGKILL', atSession })).toBe('SIGKILL');
}

/** Runs a writer and signals it at its n-th session. Resolves to how it ended. */
async function endedWriter(
  role: string,
  spoolDir: string,
  end: { readonly signal: NodeJS.Signals; readonly atSession: number; readonly onSignal?: () => void },
): Promise<string> {
  const env = { HOME: spoolDir, EPHEMETRY_SPOOL_DIR: spoolDir };
  const child = spawn(process.execPath, [WRITER, role], { stdio: ['ignore', 'pipe', 'inherit'], env });
  let persisted = 0;
  let isSignalled = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    persisted += text.split('\n').length - 1;
    if (persisted < end.atSession || isSignalled) return;
    isSignalled = true;
    child.kill(end.signal);
    end.onSignal?.();
  });
  await new Promise((resolve) => child.once('close', resolve));
  return String(child.signalCode ?? child.exitCode);
}

/** Sessions by role in whole lines of the spool: what the writers were promised. */
function persistedSessions(spoolDir: string): Record<string, number> {
  const sessions: Record<string, number> = {};
  const files = existsSync(spoolDir) ? readdirSync(spoolDir).filter((name) => name.endsWith('.jsonl')) : [];
  const lines = files.flatMap((name) => readFileSync(join(spoolDir, name), 'utf8').split('\n').slice(0, -1));
  for (const point of lines.flatMap((line) => parseBatches(line).flatMap((batch) => batch.points))) {
    if (point.kind !== 'counter' || point.metric !== 'fab_agent_sessions_total') continue;
    const [, role = ''] = /role=([\w-]+)/.exec(point.labels) ?? [];
    sessions[role] = (sessions[role] ?? 0) + Number(point.value);
  }
  return sessions;
}

async function countedSessions(stack: Stack): Promise<Record<string, number>> {
  await stack.settled();
  const samples = await queryPrometheus(stack.prometheus.url, 'fab_agent_sessions_total > 0');
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['role'] ?? '', value]));
}

test.for([
  ['delivers all that SIGKILLed writers persisted, though the Job ends at once', false],
  ['does so too when it is killed and restarted in the middle', true],
] as const)('the sidecar %s', async ([, isRestarted], t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const spoolDir = join(stack.directory, 'spool');
  const random = createRandom(19);
  let sidecar = await startSidecar(stack, spoolDir);
  t.onTestFinished(() => sidecar.stop());
  const roles = FAB_ROSTER.slice(0, 6).map(({ role }) => role);
  for (const [index, role] of roles.entries()) {
    await killedWriter(role, spoolDir, 1 + Math.floor(random() * 30));
    if (!isRestarted || index !== 2) continue;
    await sidecar.kill('SIGKILL');
    sidecar = await startSidecar(stack, spoolDir);
  }
  // The kubelet's order when the program ends by itself: it is gone, preStop sleeps, SIGTERM.
  await Promise.all([wait(PRE_STOP_MS), sidecar.caughtUp()]);
  await sidecar.stop();
  const promised = persistedSessions(spoolDir);
  const counted = await countedSessions(stack);
  const sum = (all: Record<string, number>): number => Object.values(all).reduce((a, b) => a + b, 0);
  console.log(`${sum(counted)} of ${sum(promised)} persisted sessions counted`);
  expect(Object.keys(promised).length).toBe(roles.length);
  expect(counted).toEqual(promised);
});

test('the sidecar delivers all when the pod is deleted, and its preStop runs beside the program’s SIGTERM', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const spoolDir = join(stack.directory, 'spool');
  const sidecar = await startSidecar(stack, spoolDir);
  t.onTestFinished(() => sidecar.stop());
  const [{ role }] = FAB_ROSTER;
  const deletedAt = { atSession: 20, signal: 'SIGTERM' } as const;
  let preStop = Promise.resolve();
  const beginPreStop = (): void => {
    preStop = wait(PRE_STOP_MS);
  };
  // Both begin at the deletion; only the sidecar's SIGTERM waits for the program's end.
  const ended = endedWriter(role, spoolDir, {
    ...deletedAt,
    onSignal: beginPreStop,
  });
  expect(await ended).toBe('0');
  await Promise.all([preStop, sidecar.caughtUp()]);
  await sidecar.stop();
  const promised = persistedSessions(spoolDir);
  expect(promised[role]).toBeGreaterThan(deletedAt.atSession);
  expect(await countedSessions(stack)).toEqual(promised);
});

test('the sidecar counts a command once that runs for several polls', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const spoolDir = join(stack.directory, 'spool');
  const sidecar = await startSidecar(stack, spoolDir);
  t.onTestFinished(() => sidecar.stop());
  const own = ['run', '--spool-dir', spoolDir, '--spool-only', '--name', 'nightly', '--'];
  const child = spawn(process.execPath, [EPHEMETRY, ...own, 'sleep', '2'], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([0, null]);
  await Promise.all([wait(PRE_STOP_MS), sidecar.caughtUp()]);
  await sidecar.stop();
  await stack.settled();
  const samples = await queryPrometheus(stack.prometheus.url, 'command_runs_total > 0');
  expect(samples.map(({ labels, value }) => [labels['command'], labels['outcome'], value])).toEqual([
    ['nightly', 'success', 1],
  ]);
});
