/** The Collectors that programs meet: one that answers at once, one that never answers, one that is not there. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A Collector in a process of its own, so that it shares no event loop with whoever measures. */
export interface Collector extends AsyncDisposable {
  /** Full URL to post metrics to. */
  readonly url: string;
  /** Bodies received so far. */
  readonly received: () => Promise<number>;
  /** The newest body. */
  readonly lastBody: () => Promise<string>;
}

/** Starts a Collector: `healthy` answers 200 at once, `silent` reads and never answers. */
export async function startCollector(kind: 'healthy' | 'silent'): Promise<Collector> {
  const child = fork(fileURLToPath(new URL('collector-process.ts', import.meta.url)), [kind]);
  const ask = async (question: string): Promise<unknown> => {
    const answer = once(child, 'message');
    child.send(question);
    return (await answer)[0];
  };
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}/v1/metrics`,
    received: async () => Number(await ask('received')),
    lastBody: async () => String(await ask('lastBody')),
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

/** A port of 127.0.0.1 that refuses connections. */
export async function refusingPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  server.close();
  await once(server, 'close');
  return address.port;
}

/** Where nobody listens. */
export async function refusingUrl(): Promise<string> {
  return `http://127.0.0.1:${await refusingPort()}/v1/metrics`;
}
