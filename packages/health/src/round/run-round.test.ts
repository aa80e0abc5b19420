/** A round over real sockets: who is asked, how often, and what follows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NameServerOptions, startNameServer, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answering, closedPort, page, startServer } from '../fixtures/servers.ts';
import { httpTarget, targetOf } from '../fixtures/targets.ts';
import type { Network, Target } from '../target.ts';
import { type RoundOptions, type RoundReport, runRound } from './run-round.ts';

/** A host that the name server does not know: out of reach without leaving this machine. */
const NOBODY = 'nobody.test';

function unreached(name: string, network?: string): Target {
  const probe = { kind: 'tcp', host: NOBODY, port: 9 } as const;
  return targetOf(probe, { name, ...(network === undefined ? {} : { network }) });
}

/** A round with a name server that answers so. */
async function round(
  options: Pick<RoundOptions, 'targets' | 'networks' | 'durationMs' | 'stop'>,
  nameServer: NameServerOptions = {},
): Promise<RoundReport> {
  const server = await startNameServer(nameServer);
  onTestFinished(() => server.stop());
  const nowhere = '/no/such/file';
  const names = { servers: [`127.0.0.1:${server.port}`], hostsPath: nowhere, configurationPath: nowhere };
  return await runRound({ ...options, names });
}

function statesOf({ targets }: RoundReport): Record<string, string> {
  return Object.fromEntries(
    targets.map(({ target, judgement }) => [
      target.name,
      judgement.kind === 'judged' ? judgement.state : judgement.kind,
    ]),
  );
}

function networkOf(...ports: number[]): Network {
  return { name: 'tailnet', witnesses: ports.map((port) => ({ host: '127.0.0.1', port })) };
}

const CUT: Network = { name: 'tailnet', witnesses: [{ host: NOBODY, port: 9 }] };

test('who answers is up, who refuses is down, whatever the network', async () => {
  const { port } = await startServer(answering(page(200)));
  const targets = [
    httpTarget(port, {}, { name: 'a', network: 'tailnet' }),
    httpTarget(await closedPort(), {}, { name: 'b', network: 'tailnet' }),
  ];
  const report = await round({ targets, networks: [CUT] });
  expect(statesOf(report)).toEqual({ a: 'up', b: 'down' });
  // The witness would have said otherwise, but nobody had to ask it.
  expect(report.networks.map(({ isIsolated }) => isIsolated)).toEqual([false]);
});

describe('who cannot be reached', () => {
  test.each([
    ['answers', 'down', false],
    ['refuses', 'down', false],
    ['is silent', 'unreachable', true],
    ['is not declared', 'unreachable', undefined],
  ] as const)('when the witness %s', async (witness, state, isIsolated) => {
    const networks = {
      answers: async () => networkOf((await startServer()).port),
      refuses: async () => networkOf(await closedPort()),
      'is silent': async () => CUT,
      'is not declared': async () => networkOf(),
    };
    const network = await networks[witness]();
    const report = await round({ targets: [unreached('a', 'tailnet')], networks: [network] });
    expect(statesOf(report)).toEqual({ a: state });
    expect(report.networks).toEqual([{ network, isIsolated }]);
  });

  test('on no network at all is unreachable', async () => {
    const report = await round({ targets: [unreached('a')], networks: [CUT] });
    expect(statesOf(report)).toEqual({ a: 'unreachable' });
    expect(report.networks).toEqual([{ network: CUT, isIsolated: undefined }]);
  });

  test('one witness of several is enough', async () => {
    const { port } = await startServer();
    const network = { ...CUT, witnesses: [...CUT.witnesses, { host: '127.0.0.1', port }] };
    const report = await round({ targets: [unreached('a', 'tailnet')], networks: [network] });
    expect(statesOf(report)).toEqual({ a: 'down' });
  });
});

test('witnesses are asked once after each probing, however many targets need them', async () => {
  const witness = await startServer();
  const targets = Array.from({ length: 40 }, (_, index) => unreached(`t${index}`, 'tailnet'));
  await round({ targets, networks: [networkOf(witness.port)] });
  expect(witness.connections()).toBe(2);
  await round({ targets, networks: [networkOf(witness.port)] });
  expect(witness.connections()).toBe(4);
});

test('nobody asks witnesses while all is well', async () => {
  const witness = await startServer();
  const { port } = await startServer(answering(page(200)));
  await round({
    targets: [httpTarget(port, {}, { network: 'tailnet' })],
    networks: [networkOf(witness.port)],
  });
  expect(witness.connections()).toBe(0);
});

test('silence after connecting is down, but not when no witness answers', async () => {
  const { port } = await startServer();
  const silent = (network?: string): Target =>
    httpTarget(
      port,
      {},
      { name: network ?? 'none', timeoutMs: 300, ...(network === undefined ? {} : { network }) },
    );
  const witness = await startServer();
  const networks = [CUT, { ...networkOf(witness.port), name: 'office' }];
  const report = await round({ targets: [silent(), silent('tailnet'), silent('office')], networks });
  expect(statesOf(report)).toEqual({ none: 'down', tailnet: 'unreachable', office: 'down' });
});

test('a network that comes back before the witness is asked makes nobody down', async () => {
  const addresses: Record<string, readonly string[]> = {};
  // Name server and witness are on one network: both are back now.
  const witness = await startServer(() => {
    addresses['ezra.test'] = ['127.0.0.1'];
  });
  const target = targetOf(
    { kind: 'tcp', host: 'ezra.test', port: (await startServer()).port },
    { network: 'tailnet' },
  );
  const report = await round(
    { targets: [target], networks: [networkOf(witness.port)] },
    { names: addresses },
  );
  expect(witness.connections()).toBe(1);
  expect(statesOf(report)).toEqual({ ezra: 'up' });
});

test('a failure of our own name server makes nobody down, though a witness with an address answers', async () => {
  const { port } = await startServer();
  const options = { targets: [unreached('a', 'tailnet')], networks: [networkOf(port)] };
  const report = await round(options, { failure: 'SERVFAIL' });
  expect(statesOf(report)).toEqual({ a: 'unreachable' });
  expect(report.networks[0]?.isIsolated).toBe(false);
});

describe('a short cut that is over when the witness is asked makes nobody down', () => {
  test('after connecting', async () => {
    let isCut = true;
    const witness = await startServer(() => {
      isCut = false;
    });
    const { port } = await startServer((socket) => {
      if (!isCut) answering(page(200))(socket);
    });
    const target = httpTarget(port, {}, { network: 'tailnet', timeoutMs: 300 });
    const report = await round({ targets: [target], networks: [networkOf(witness.port)] });
    expect(statesOf(report)).toEqual({ ezra: 'up' });
  });

  test('while a command runs', async () => {
    const { path, remove } = temporaryDirectory();
    onTestFinished(remove);
    const mark = join(path, 'back');
    const witness = await startServer(() => writeFileSync(mark, ''));
    const target = targetOf({ kind: 'command', command: ['test', '-f', mark] }, { network: 'tailnet' });
    const report = await round({ targets: [target], networks: [networkOf(witness.port)] });
    expect(statesOf(report)).toEqual({ ezra: 'up' });
  });
});

test('a cut that begins after the witness was asked makes nobody down', async () => {
  const witness = await startServer();
  const addresses: Record<string, readonly string[]> = { 'witness.test': ['127.0.0.1'] };
  let probes = 0;
  const { port } = await startServer(() => {
    probes += 1;
    if (probes === 2) delete addresses['witness.test'];
  });
  const network = { name: 'tailnet', witnesses: [{ host: 'witness.test', port: witness.port }] };
  const target = httpTarget(port, {}, { network: 'tailnet', timeoutMs: 300 });
  const report = await round({ targets: [target], networks: [network] }, { names: addresses });
  expect(probes).toBe(2);
  expect(statesOf(report)).toEqual({ ezra: 'unreachable' });
  expect(report.networks[0]?.isIsolated).toBe(true);
});

test('a round that is stopped while the witness is asked says nothing of target and network', async () => {
  const stop = new AbortController();
  const { port } = await startServer();
  // Its name is asked for, and nobody answers.
  const network = { name: 'tailnet', witnesses: [{ host: 'witness.test', port: 9 }] };
  const target = httpTarget(port, {}, { network: 'tailnet', timeoutMs: 300 });
  setTimeout(() => stop.abort(), 700);
  const options = { targets: [target], networks: [network], stop: stop.signal };
  const report = await round(options, { isSilent: true });
  expect(statesOf(report)).toEqual({ ezra: 'unmeasured' });
  expect(report.networks).toEqual([{ network, isIsolated: undefined }]);
});

test('a second probe ends when the round should have ended', async () => {
  const witness = await startServer();
  // The first one is answered with a failure, the second one never.
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const mark = join(path, 'mark');
  const script = `test -f ${mark} && sleep 600; touch ${mark}; exit 1`;
  const target = targetOf(
    { kind: 'command', command: ['sh', '-c', script] },
    { network: 'tailnet', timeoutMs: 600_000 },
  );
  const report = await round({ targets: [target], networks: [networkOf(witness.port)], durationMs: 500 });
  expect(statesOf(report)).toEqual({ ezra: 'down' });
});

test('a target that cannot be measured hides no other', async () => {
  const { port } = await startServer(answering(page(200)));
  const secret = { kind: 'environment', name: 'NO_SUCH_VARIABLE' } as const;
  const targets = [
    httpTarget(port, { headers: { authorization: secret } }, { name: 'a' }),
    httpTarget(port, { headers: { authorization: { kind: 'plain', text: 'two\r\nlines' } } }, { name: 'b' }),
    httpTarget(port, {}, { name: 'c' }),
  ];
  const report = await round({ targets, networks: [] });
  expect(statesOf(report)).toEqual({ a: 'unmeasured', b: 'unmeasured', c: 'up' });
});
