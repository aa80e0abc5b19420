/** The door in front of the Collector: what passes it, and who must not wait for whom. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@ephemetry/testing';
import { expect, type TestContext, test } from 'vitest';
import { type Door, openDoor } from '../support/door.ts';
import type { Gateway } from '../support/gateway.ts';
import { postGrpc, sendHalfGrpc } from '../support/grpc-post.ts';
import { batchWithLabel, honestBatch, postProtobuf } from '../support/hostile-requests.ts';
import { showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { post, postAll } from '../support/post.ts';

async function startBehindDoor(t: TestContext): Promise<{ readonly gateway: Gateway; readonly door: Door }> {
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const gateway = await startLaptopGateway(t);
  const door = await openDoor(gateway, join(directory.path, 'door.log'));
  t.onTestFinished(() => door.service.stop());
  return { gateway, door };
}

test('batches pass the door as JSON, packed and over gRPC, and keep what the gateway answers', async (t) => {
  const { gateway, door } = await startBehindDoor(t);
  const response = await fetch(door.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: honestBatch('json'),
  });
  expect([response.status, response.headers.get('ephemetry-dedupe')]).toEqual([200, '86400']);
  expect((await postProtobuf(door.endpoint, batchWithLabel(10, 120))).status).toBe(200);
  expect(await postGrpc(door.grpc, batchWithLabel(20, 120))).toBe(0);
  expect((await post(door.endpoint, 'no OTLP')).status).toBe(400);
  await showsTotal(gateway, 'innocent_total', 1);
  const areShown = async (): Promise<boolean> =>
    (await gateway.totals()).filter(({ name }) => name === 'x_total').length === 2;
  await waitFor(areShown, { what: 'the batches of both ways', deadlineMs: 60_000 });
});

test('200 connections that stop in the middle of a request keep nobody out', async (t) => {
  const { gateway, door } = await startBehindDoor(t);
  const halves = [
    ...Array.from({ length: 150 }, () => 20_000),
    // As many as there are places for large ones, and more.
    ...Array.from({ length: 50 }, () => 4_000_000),
  ];
  for (const bytes of halves) t.onTestFinished(await sendHalf(door, bytes));
  await postAll(
    door.endpoint,
    Array.from({ length: 100 }, (_, run) => honestBatch(`honest-${run}`)),
    32,
  );
  await showsTotal(gateway, 'innocent_total', 100);
});

test('small requests over gRPC pass while large ones wait, and those that stop in the middle keep nobody out', async (t) => {
  const { gateway, door } = await startBehindDoor(t);
  // One has the place for large ones, the others wait for it; small ones that stop are not let in.
  for (let half = 0; half < 4; half += 1) t.onTestFinished(await sendHalfGrpc(door.grpc, 4_000_000, 200_000));
  for (let half = 0; half < 40; half += 1) t.onTestFinished(await sendHalfGrpc(door.grpc, 20_000, 10_000));
  const statuses = await Promise.all(
    Array.from({ length: 32 }, (_, run) => postGrpc(door.grpc, batchWithLabel(run + 1, 120))),
  );
  expect(new Set(statuses)).toEqual(new Set([0]));
  const areShown = async (): Promise<boolean> =>
    (await gateway.totals()).filter(({ name }) => name === 'x_total').length === 32;
  await waitFor(areShown, { what: 'the small batches', deadlineMs: 60_000 });
});

/** Announces so many bytes and sends half of them. Resolves to what ends it. */
function sendHalf(door: Door, bytes: number): Promise<() => void> {
  const { hostname, port, pathname } = new URL(door.endpoint);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', reject);
    socket.write(head + ' '.repeat(Math.min(bytes / 2, 100_000)), () => resolve(() => socket.destroy()));
  });
}
