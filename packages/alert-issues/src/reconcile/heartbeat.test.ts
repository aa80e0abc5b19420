import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { callHeartbeat } from './heartbeat.ts';

/** Answers with what the path says, and counts. */
async function startOutside() {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    response.writeHead(Number(request.url?.slice(1, 4))).end('noted');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  onTestFinished(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, calls: () => calls, stop };
}

test('a call that is answered is no problem', async () => {
  const outside = await startOutside();
  expect(await callHeartbeat(`${outside.url}/200`)).toBe(undefined);
  expect(outside.calls()).toBe(1);
});

test('what went wrong is said without the address, which is as good as a password', async () => {
  const outside = await startOutside();
  expect(await callHeartbeat(`${outside.url}/500/secret`)).toBe('the heartbeat was answered with 500');
  await outside.stop();
  const said = await callHeartbeat(`${outside.url}/200/secret`);
  expect(said).toMatch(/^the heartbeat was not answered \([A-Z_]+\)$/);
});
