/**
 * What a killed gateway and a killed VictoriaMetrics cost. The gateway loses nothing. What VictoriaMetrics took in the
 * milliseconds before the kill, and the queue had not yet crossed off, is sent again: neither side can know. That is
 * at most one request for each consumer of the queue.
 */
import { createServer, type Server } from 'node:http';
import { FAB_METRICS } from '@ephemetry/contract';
import { freePorts, waitFor } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { sumOf } from './gateway.ts';
import { batchOf, counterOf, pointNow } from './hostile-requests.ts';
import { post } from './post.ts';
import { createRandom } from './random.ts';
import { startVictoriaStack, totalsIn, type VictoriaStack } from './victoria-stack.ts';

/** 10 for a soak. */
const KILLS = Number(process.env['E2E_KILLS'] ?? 3);
const DUPLICATES = 0.1;
const SENDERS = 8;
/** Requests on their way to the store, each with at most one batch of each sender; and those not noted yet. */
const MOST_DOUBLED_BY_A_KILL = 3 * SENDERS;
const SESSIONS = FAB_METRICS.agentSessions.name;

/** Sends batches of one session, each until it is taken, a tenth of them again. */
interface Load {
  readonly sent: () => number;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when all that was begun is taken. */
  readonly end: () => Promise<void>;
}

function startLoad(stack: VictoriaStack, seed: number): Load {
  const random = createRandom(seed);
  let sent = 0;
  let isReady = true;
  let isOver = false;
  const taken = async (body: string): Promise<boolean> => {
    if (!isReady) return false;
    return post(stack.gateway.endpoint, body).then(
      ({ status }) => status === 200,
      () => false,
    );
  };
  const untilTaken = (body: string): Promise<void> =>
    waitFor(() => taken(body), { what: 'the gateway to take a batch', deadlineMs: 240_000 });
  const sender = async (): Promise<void> => {
    while (!isOver) {
      sent += 1;
      const body = sessionOf(`run-${seed}-${sent}`);
      await untilTaken(body);
      if (random() < DUPLICATES) await untilTaken(body);
    }
  };
  const loaded = Promise.all(Array.from({ length: SENDERS }, sender));
  return {
    sent: () => sent,
    pause: () => {
      isReady = false;
    },
    resume: () => {
      isReady = true;
    },
    end: async () => {
      isOver = true;
      await loaded;
    },
  };
}

function sessionOf(run: string): string {
  const metrics = [counterOf(SESSIONS, pointNow({ asInt: '1' }, { role: 'product' }))];
  return batchOf(run, metrics, { 'service.name': 'fab' });
}

/** Kills the gateway under load so many times; its next start gets traffic when it remembers, as the readiness probe does. */
async function killUnderLoad(stack: VictoriaStack, load: Load): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = load.sent();
    await waitFor(() => load.sent() > before + 300, { what: '300 batches to be sent', deadlineMs: 120_000 });
    await stack.gateway.service.kill('SIGKILL');
    load.pause();
    await stack.gateway.start();
    await remembers(stack);
    load.resume();
  }
}

/** Resolves when a restarted gateway has read its notes: no more come. */
async function remembers({ gateway }: VictoriaStack): Promise<void> {
  let read = 0;
  let sinceMs = performance.now();
  const hasRead = async (): Promise<boolean> => {
    const own = await gateway.ownMetrics();
    const now = sumOf(own, 'otelcol_processor_filter_datapoints_filtered', /^filter.seen$/);
    if (now !== read) sinceMs = performance.now();
    read = now;
    return read > 0 && performance.now() - sinceMs > 1_000;
  };
  await waitFor(hasRead, { what: 'the dedupe to remember', deadlineMs: 60_000 });
}

async function sessionsIn(stack: VictoriaStack): Promise<number> {
  return [...(await totalsIn(stack.store, `${SESSIONS}{job="fab"}`)).values()].reduce(
    (sum, value) => sum + value,
    0,
  );
}

/** Nothing is missing, and no more is there twice than was on its way at the kills. */
async function expectAll(stack: VictoriaStack, load: Load, what: string): Promise<void> {
  const counted = await sessionsIn(stack);
  console.log(`${what}: ${counted} of ${load.sent()} sessions`);
  expect(counted).toBeGreaterThanOrEqual(load.sent());
  expect(counted).toBeLessThanOrEqual(load.sent() + KILLS * MOST_DOUBLED_BY_A_KILL);
}

test(`${KILLS} SIGKILLs of the gateway under load lose nothing`, async (t) => {
  const stack = await startVictoriaStack(t);
  const load = startLoad(stack, 1);
  await killUnderLoad(stack, load);
  await load.end();
  await stack.settled();
  await expectAll(stack, load, `${KILLS} kills`);
}, 600_000);

test(`${KILLS} SIGKILLs of the gateway while the store is away lose nothing`, async (t) => {
  const stack = await startVictoriaStack(t);
  const load = startLoad(stack, 2);
  await waitFor(() => load.sent() > 300, { what: 'the first batches', deadlineMs: 60_000 });
  await stack.store.stop();
  await killUnderLoad(stack, load);
  await load.end();
  await stack.startStore();
  await stack.settled();
  await expectAll(stack, load, `${KILLS} kills, store away`);
}, 600_000);

test(`${KILLS} SIGKILLs of the gateway before a slow store lose nothing`, async (t) => {
  const stack = await startVictoriaStack(t, { storeUrl: (url) => startSlowWay(t, url, 200) });
  const load = startLoad(stack, 3);
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
 * Rows wait 2 s for a part in memory, a part 2 s for the disk (no flag makes it less), the look at it comes each 2 s, and a
 * part that is being merged waits for the next look. Measured: up to 7 s.
 */
const UNWRITTEN_MS = 10_000;

test('SIGKILL of the store under load loses at most what came in its last 10 seconds', async (t) => {
  const stack = await startVictoriaStack(t);
  const load = startLoad(stack, 4);
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
}, 600_000);

function timePasses(ms: number): Promise<void> {
  const startMs = performance.now();
  return waitFor(() => performance.now() - startMs > ms, { what: 'the time to pass', deadlineMs: ms * 10 });
}
