/** Connections over real sockets: who accepts, who refuses, who is silent. */
import { startNameServer } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closedPort, startServer } from '../fixtures/servers.ts';
import { probe, targetOf } from '../fixtures/targets.ts';
import type { Target } from '../target.ts';

function tcp(host: string, port: number, timeoutMs = 20_000): Target {
  return targetOf({ kind: 'tcp', host, port }, { timeoutMs });
}

test('one that accepts is up, and nothing is sent', async () => {
  let bytes = 0;
  const { port } = await startServer((socket) => socket.on('data', (piece) => (bytes += piece.length)));
  const facts = await probe(tcp('localhost', port));
  expect(facts.finding).toEqual({ kind: 'answered' });
  expect(Object.keys(facts.phases)).toEqual(['resolve', 'connect']);
  expect(bytes).toBe(0);
});

test('one that refuses', async () => {
  const { finding } = await probe(tcp('127.0.0.1', await closedPort()));
  expect(finding.kind).toBe('refused');
});

describe('names', () => {
  async function servers(addresses: readonly string[] | undefined, isSilent = false) {
    const names = addresses === undefined ? {} : { 'ezra.test': addresses };
    const server = await startNameServer({ names, isSilent });
    onTestFinished(() => server.stop());
    const nowhere = '/no/such/file';
    return { servers: [`127.0.0.1:${server.port}`], hostsPath: nowhere, configurationPath: nowhere };
  }

  test('of several addresses the one that accepts is found', async () => {
    const { port } = await startServer();
    const names = await servers(['127.0.0.9', '127.0.0.1']);
    expect((await probe(tcp('ezra.test', port), { names })).finding).toEqual({ kind: 'answered' });
  });

  test('that one refuses says more than that another leads nowhere', async () => {
    const names = await servers(['2001:db8::1', '127.0.0.1']);
    const { finding } = await probe(tcp('ezra.test', await closedPort(), 2_000), { names });
    expect(finding.kind).toBe('refused');
  });

  test('an unknown one', async () => {
    const { finding } = await probe(tcp('ezra.test', 1), { names: await servers(undefined) });
    expect(finding.kind).toBe('no_name');
  });

  test('a silent server ends at the deadline', async () => {
    const names = await servers(undefined, true);
    const { finding, seconds } = await probe(tcp('ezra.test', 1, 300), { names });
    expect(finding).toEqual({ kind: 'resolver_failed', reason: 'the name servers did not answer in time' });
    expect(seconds).toBeLessThan(10);
  });
});

test('a prober that stops says nothing of the target', async () => {
  const { port } = await startServer();
  const stop = AbortSignal.abort();
  const { finding } = await probe(tcp('localhost', port), { stop });
  expect(finding).toEqual({ kind: 'unmeasured', reason: 'the probe was stopped' });
});
