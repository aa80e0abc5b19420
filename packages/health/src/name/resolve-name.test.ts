/** Names are found as the C library finds them, and a silent name server holds nobody up. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NameScene, type NameSceneOptions, runProgram, startNameScene } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { resolveName } from './resolve-name.ts';

async function setScene(options: NameSceneOptions): Promise<NameScene> {
  const scene = await startNameScene(options);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  return scene;
}

const NEVER = new AbortController().signal;
const SEARCH = 'search team.svc svc\noptions ndots:3 edns0\n';

test.each([
  ['an address', '192.0.2.1', {}, ['192.0.2.1'], 0],
  ['an IPv6 address in brackets', '[::2]', {}, ['::2'], 0],
  [
    'a name of the hosts file, IPv4 first',
    'EZRA.',
    { hosts: '::2 ezra\n192.0.2.7 other ezra # it\n' },
    ['192.0.2.7', '::2'],
    0,
  ],
  ['localhost', 'api.localhost', {}, ['127.0.0.1', '::1'], 0],
  [
    'a name that servers know',
    'ezra.test',
    { server: { names: { 'ezra.test': ['192.0.2.9'] } } },
    ['192.0.2.9'],
    2,
  ],
  [
    'a short name of a domain',
    'ezra',
    { configuration: SEARCH, server: { names: { 'ezra.svc': ['192.0.2.9'] } } },
    ['192.0.2.9'],
    4,
  ],
] as const)('%s', async (_name, name, scene, addresses, questions) => {
  const sources = await setScene(scene);
  expect(await resolveName(name, NEVER, sources)).toEqual({ kind: 'found', addresses });
  expect(sources.server.questions).toHaveLength(questions);
});

test('a name that nobody knows', async () => {
  const problem = 'the hosts file and the name servers know no address of its name';
  expect(await resolveName('ezra.test', NEVER, await setScene({}))).toEqual({ kind: 'not_found', problem });
});

test.each([
  ['SERVFAIL', 'ESERVFAIL'],
  ['REFUSED', 'EREFUSED'],
] as const)('%s says nothing of the name', async (failure, code) => {
  const problem = `the name servers could not say whether its name has an address (${code})`;
  const sources = await setScene({ server: { failure } });
  expect(await resolveName('ezra.test', NEVER, sources)).toEqual({ kind: 'failed', problem });
});

test('no name server at all says nothing of the name', async () => {
  const sources = { ...(await setScene({})), servers: ['127.0.0.1:1'] };
  expect(await resolveName('ezra.test', NEVER, sources)).toMatchObject({ kind: 'failed' });
});

test('a name with dots too many does not exist, whoever is asked', async () => {
  expect(await resolveName('ezra..test', NEVER, await setScene({}))).toMatchObject({ kind: 'not_found' });
});

test('a silent name server is given up at the deadline', async () => {
  const sources = await setScene({ server: { isSilent: true } });
  const deadline = AbortSignal.timeout(200);
  const problem = 'the name servers did not answer in time';
  expect(await resolveName('ezra.test', deadline, sources)).toEqual({ kind: 'failed', problem });
});

test('a silent name server does not hold up the end of the process', async () => {
  const sources = await setScene({ server: { isSilent: true } });
  const program = join(sources.path, 'program.ts');
  const { hostsPath, configurationPath, servers } = sources;
  writeFileSync(
    program,
    `import { resolveName } from ${JSON.stringify(import.meta.resolve('./resolve-name.ts'))};
     await resolveName('ezra.test', AbortSignal.timeout(200), ${JSON.stringify({ hostsPath, configurationPath, servers })});
     process.stdout.write(String(Date.now()));`,
  );
  const ended = await runProgram(program);
  expect(ended.code).toBe(0);
  // getaddrinfo would take 10 s and more here.
  expect(Date.now() - Number(ended.stdout)).toBeLessThan(5_000);
});
