import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { claimPort, freePorts, rangeOutside } from './free-ports.ts';
import { runProgram } from './run-program.ts';
import { startReceiver } from './start-receiver.ts';

const EPHEMERAL = '/proc/sys/net/ipv4/ip_local_port_range';
// Elsewhere than on Linux, and where it leaves hardly a port, it says nothing about ports of tests.
const [first = 0, last = 0] = existsSync(EPHEMERAL)
  ? readFileSync(EPHEMERAL, 'utf8').split(/\s+/).map(Number)
  : [];
const CLAIM_PORT = fileURLToPath(new URL('fixtures/claim-port.ts', import.meta.url));

test.skipIf(first < 14_000)('the kernel gives no connection a port of a test', async () => {
  await using receiver = await startReceiver();
  const ports = [receiver.port, ...(await freePorts(50))];
  expect(ports.filter((port) => port >= first && port <= last)).toEqual([]);
});

test.each([
  ['by default', [32_768, 60_999], [10_000, 32_767]],
  ['on other systems than Linux', [49_152, 65_535], [10_000, 49_151]],
  ['where there is hardly anything below', [12_000, 60_999], [61_000, 65_535]],
  ['where nothing is left', [1_024, 65_535], [10_000, 65_535]],
] as const)('ports come from outside the ephemeral range: %s', (_name, ephemeral, expected) => {
  const [low, high] = ephemeral;
  expect(Object.values(rangeOutside({ first: low, last: high }))).toEqual(expected);
});

test('a stopped receiver keeps its port: who connects is refused, and no other test gets it', async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.stop());
  const { port } = receiver;
  await receiver.stop();
  await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  await expect(claimPort([port])).rejects.toThrow('no port of 127.0.0.1 is free');
  const others = await Promise.all(Array.from({ length: 100 }, () => startReceiver()));
  onTestFinished(async () => {
    await Promise.all(others.map((each) => each.stop()));
  });
  expect(new Set([port, ...others.map((each) => each.port)]).size).toBe(101);
  await receiver.restart();
  expect(receiver.port).toBe(port);
});

test('a port that nobody listens on is its test’s in other processes too, until its process ends', async () => {
  const [ours = 0] = await freePorts(1);
  const neighbour = { port: 0, isTaken: false };
  await runProgram(CLAIM_PORT, {
    args: Array.from({ length: 20 }, (_, index) => String(ours - index)),
    onMark: async (mark, program) => {
      neighbour.port = Number(mark);
      neighbour.isTaken = await claimPort([neighbour.port]).then(
        () => false,
        () => true,
      );
      program.kill('SIGKILL');
    },
  });
  expect(neighbour).toEqual({ port: expect.any(Number), isTaken: true });
  expect(neighbour.port).not.toBe(ours);
  expect(await claimPort([neighbour.port])).toBe(neighbour.port);
});

test('a port that a stranger listens on is not given', async () => {
  const stranger = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void stranger.close());
  await once(stranger, 'listening');
  const address = stranger.address();
  const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await expect(claimPort([taken])).rejects.toThrow('no port of 127.0.0.1 is free');
});
