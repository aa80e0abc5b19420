/**
 * What a killed gateway and a killed VictoriaMetrics cost. The gateway: nothing, and nothing counts twice, because a sample
 * may come again. VictoriaMetrics: what it had not written, until the gateway is restarted and sends its notes again.
 */
import { createServer, type Server } from 'node:http';
import { FAB_METRICS } from '@ephemetry/contract';
import { freePorts, waitFor } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { noteFigure } from '../support/note-figure.ts';
import { remembersSessions, type SessionLoad, startSessionLoad } from '../support/session-load.ts';
import { startVictoriaStack, totalsIn, type VictoriaStack } from '../support/victoria-stack.ts';

/** 10 for a soak. */
const KILLS = Number(process.env['E2E_KILLS'] ?? 3);
const SESSIONS = FAB_METRICS.agentSessions.name;

/** Kills the gateway under load so many times; its next start gets traffic when it remembers, as the readiness probe does. */
async function killUnderLoad(stack: VictoriaStack, load: SessionLoad): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = load.sent();
    await waitFor(() => load.sent() > before + 300, { what: '300 batches to be sent', deadlineMs: 120_000 });
    await stack.gateway.service.kill('SIGKILL');
    load.pause();
    await stack.gateway.start();
    await remembersSessions(stack.gateway, stack.directory);
    load.resume();
  }
}

async function sessionsIn(stack: VictoriaStack): Promise<number> {
  return [...(await totalsIn(stack.store, `${SESSIONS}{job="fab"}`)).values()].reduce(
    (sum, value) => sum + value,
    0,
  );
}

/** Nothing is missing, and nothing is there twice. */
async function expectAll(stack: VictoriaStack, load: SessionLoad, what: string): Promise<void> {
  const counted = await sessionsIn(stack);
  console.log(`${what}: ${counted} of ${load.sent()} sessions`);
  noteFigure('gateway.victoria_metrics.lost', Math.abs(load.sent() - counted));
  expect(counted).toBe(load.sent());
}

test(`${KILLS} SIGKILLs of the gateway under load lose nothing and count nothing twice`, async (t) => {
  const stack = await startVictoriaStack(t);
  const load = startSessionLoad(stack.gateway.endpoint, 1);
  await killUnderLoad(stack, load);
  await load.end();
  await stack.settled();
  await expectAll(stack, load, `${KILLS} kills`);
}, 600_000);

test(`${KILLS} SIGKILLs of the gateway while the store is away lose nothing and count nothing twice`, async (t) => {
  const stack = await startVictoriaStack(t);
  const load = startSessionLoad(stack.gateway.endpoint, 2);
  await waitFor(() => load.sent() > 300, { what: 'the first batches', deadlineMs: 60_000 });
  await stack.store.stop();
  await killUnderLoad(stack, load);
  await load.end();
  await stack.startStore();
  await stack.settled();
  await expectAll(stack, load, `${KILLS} kills, store away`);
}, 600_000);

test(`${KILLS} SIGKILLs of the gateway before a slow store lose nothing and count nothing twice`, async (t) => {
  const stack = await startVictoriaStack(t, { storeUrl: (url) => startSlowWay(t, url, 200) });
  const load = startSessionLoad(stack.gateway.endpoint, 3);
  await killUnderLoad(stack, load);
  await load.end();
  await stack.settled();
  await expectAll(stack, load, `${KILLS} kills, store slow`);
}, 600_000);

/** A way to the store on which each request takes so long; one whose sender is gone by then does not arrive. */
async function startSlowWay(test: TestContext, target: string, delayMs: number): Promise<string> {
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (request.socket.destroyed) return;
      const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
      const headers = {
        'content-type': type,
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      };
      const answer = await fetch(`${target}${request.url}`, {
        method: 'POST',
        headers,
        body: Buffer.concat(chunks),
      });
      response.writeHead(answer.status).end(await answer.text());
    } catch {
      request.socket.destroy();
    }
  });
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  test.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

/**
 * A row waits 2 s and for the next look at it, which comes each 2 s; the part in memory that it is in then waits as long (no
 * flag makes that less), and one look more while it is being merged.
 */
const UNWRITTEN_MS = 10_000;

test('SIGKILL of the store under load loses at most its last 10 seconds, and a restart of the gateway brings them back', async (t) => {
  const stack = await startVictoriaStack(t);
  const load = startSessionLoad(stack.gateway.endpoint, 4);
  await timePasses(UNWRITTEN_MS / 2);
  const before = load.sent();
  await timePasses(UNWRITTEN_MS);
  const atRisk = load.sent() - before;
  await stack.store.kill('SIGKILL');
  await stack.startStore();
  await load.end();
  await stack.settled();
  const lost = load.sent() - (await sessionsIn(stack));
  console.log(
    `SIGKILL of the store: ${lost} of ${load.sent()} sessions lost, ${atRisk} came in its last 10 s`,
  );
  expect(lost).toBeLessThanOrEqual(atRisk);
  await stack.gateway.service.stop();
  await stack.gateway.start();
  await remembersSessions(stack.gateway, stack.directory);
  await stack.settled();
  await expectAll(stack, load, 'after a restart of the gateway');
}, 600_000);

function timePasses(ms: number): Promise<void> {
  const startMs = performance.now();
  return waitFor(() => performance.now() - startMs > ms, { what: 'the time to pass', deadlineMs: ms * 10 });
}
