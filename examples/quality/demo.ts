/**
 * Plays a recorded night through `ephemetry tests`, `ephemetry gitea` and `ephemetry health` against `ephemetry receive`, and holds
 * every number against the truth. Run it with `pnpm demo:quality`; it leaves nothing behind.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { COMMITS, deployment, placeRun } from './src/night-run.ts';
import { answerAsForge, EVENING, MORNING } from './src/scripted-forge.ts';
import { seriesIn } from './src/series.ts';
import { FORGE_TRUTH, HEALTH_TRUTH, TESTS_TRUTH } from './src/truth.ts';

const EPHEMETRY = fileURLToPath(
  new URL('./dist/main.js', import.meta.resolve('@ephemetry/cli/package.json')),
);
const START_LIMIT_MS = 30_000;

/** Of servers, also of those that are stopped. */
const ports = new Map<Server, number>();
const directory = mkdtempSync(join(tmpdir(), 'ephemetry-quality-'));
const services = await Promise.all([startService(0), startService(0)]);
const [ezra = 0, mail = 0] = services.map(portOf);
let forgeState = EVENING;
const forge = await listening(
  createServer((request, response) => answerAsForge(forgeState, request, response)),
);
const receiverPort = portOf(await stopped(await startService(0)));
const origin = `http://127.0.0.1:${receiverPort}`;
const receiver = spawn(process.execPath, [EPHEMETRY, 'receive', '--port', `${receiverPort}`], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  await answers(`${origin}/metrics`);
  writeFileSync(join(directory, 'ephemetry.yaml'), deployment({ ezra, mail }));
  for (const [index, commit] of COMMITS.entries()) await reportRun(index + 1, commit);
  await collect('the forge in the evening');
  forgeState = MORNING;
  await collect('the forge in the morning');
  await collect('the forge, once more: nothing happened since');
  await probe('both services are up');
  await stopped(services[0]);
  await probe('ezra has fallen');
  services[0] = await startService(ezra);
  await probe('ezra has risen');
  const page = await (await fetch(`${origin}/metrics`)).text();
  process.exitCode = isTrue(seriesIn(page)) ? 0 : 1;
} finally {
  receiver.kill('SIGTERM');
  for (const service of [...services, forge]) await stopped(service);
  rmSync(directory, { recursive: true, force: true });
}

/** Reports a run as if it had been last night, twice: it counts once. */
async function reportRun(number: number, commit: string): Promise<void> {
  const reports = join(directory, `run-${number}`);
  placeRun(number, reports);
  const options = ['--suite', 'hermes', '--branch', 'main', '--commit', commit];
  const history = ['--history', join(directory, 'history')];
  for (let time = 0; time < 2; time++)
    say(await ephemetry(['tests', 'report', reports, ...options, ...history], time === 0));
}

async function collect(what: string): Promise<void> {
  const history = ['--history', join(directory, 'forge-history')];
  say(
    `${what}: ${await ephemetry(['gitea', 'push', '--url', `http://127.0.0.1:${portOf(forge)}`, ...history], true)}`,
  );
}

async function probe(what: string): Promise<void> {
  await ephemetry(['health', 'push']);
  say(`${what}\n`);
}

/** Runs the command in the directory of the deployment. @returns what it printed, if that is to be shown */
async function ephemetry(args: readonly string[], isShown = false): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    EPHEMETRY_SPOOL_DIR: join(directory, 'spool'),
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${origin}/v1/metrics`,
  };
  return await new Promise((resolve) => {
    // A run that lost a report, and a round with a service that is down, end with 1: that is part of the night.
    execFile(process.execPath, [EPHEMETRY, ...args], { cwd: directory, env }, (_, printed, errors) =>
      resolve(isShown ? `${printed}${errors}\n` : ''),
    );
  });
}

function isTrue(received: ReadonlyMap<string, number>): boolean {
  const truth = { ...TESTS_TRUTH, ...FORGE_TRUTH, ...HEALTH_TRUTH };
  let different = 0;
  for (const [series, value] of Object.entries(truth)) {
    const found = received.get(series);
    if (found !== value) different += 1;
    say(`${found === value ? 'equal' : 'DIFFERENT'}  ${found ?? 'absent'} of ${value}  ${series}\n`);
  }
  say(
    `${Object.keys(truth).length - different} of ${Object.keys(truth).length} numbers are what really happened\n`,
  );
  if (different === 0)
    say('\nnext: docs/guide/test-results.md, docs/guide/forge.md and docs/guide/service-health.md\n');
  return different === 0;
}

async function startService(port: number | undefined): Promise<Server> {
  return await listening(
    createServer((_, response) => response.end('{"status":"ok"}')),
    port,
  );
}

async function listening(server: Server, port = 0): Promise<Server> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address !== null && typeof address !== 'string') ports.set(server, address.port);
  return ports.get(server) ?? 0;
}

async function stopped(server: Server | undefined): Promise<Server> {
  if (server === undefined) throw new Error('there is no such service');
  portOf(server);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return server;
}

async function answers(url: string): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`ephemetry receive did not answer within ${START_LIMIT_MS / 1000} s`);
}

function say(text: string): void {
  process.stdout.write(text);
}
