/** Secrets are read from where they are, and nothing says what they are. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNameServer, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { answering, page, startServer } from './fixtures/servers.ts';
import { httpTarget, plain, probe } from './fixtures/targets.ts';
import { readSecret } from './secret-text.ts';

function directory(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

test('a file gives its text without the line break at its end', () => {
  const path = join(directory(), 'secret');
  writeFileSync(path, 'needle\n');
  expect(readSecret({ kind: 'file', path })).toEqual({ kind: 'read', text: 'needle' });
});

test('a pipe in the place of a file holds nobody up', () => {
  const path = join(directory(), 'secret');
  execFileSync('mkfifo', [path]);
  const problem = `the file ${path} cannot be read: it must be a regular file`;
  expect(readSecret({ kind: 'file', path })).toEqual({ kind: 'missing', problem });
});

test.each([
  ['a variable that is not set', { kind: 'environment', name: 'TOKEN' }, 'the variable TOKEN is not set'],
  [
    'a file that is not there',
    { kind: 'file', path: '/no/secret' },
    'the file /no/secret cannot be read: ENOENT',
  ],
] as const)('%s is named', (_name, secret, problem) => {
  expect(readSecret(secret, {})).toEqual({ kind: 'missing', problem });
});

test.each([
  ['the wrong status', (port: number) => `http://me:needle@127.0.0.1:${port}/?token=needle`, 'wrong'],
  ['no web page', () => 'needle://needle', 'unmeasured'],
  ['no name', () => 'http://needle:needle@host.invalid/needle', 'no_name'],
  ['no name server', () => 'http://needle:needle@host.invalid/needle', 'resolver_failed'],
  ['a line break in a header', (port: number) => `http://127.0.0.1:${port}/`, 'unmeasured'],
] as const)('%s: what is found quotes neither URL nor header nor body', async (name, url, kind) => {
  const { port } = await startServer(answering(page(500, 'needle')));
  const header = name === 'a line break in a header' ? 'needle\nneedle' : 'needle';
  await using nameServer = await startNameServer(name === 'no name server' ? { failure: 'SERVFAIL' } : {});
  const nowhere = { hostsPath: '/no/such/file', configurationPath: '/no/such/file' };
  const names = { ...nowhere, servers: [`${nameServer.address}:${nameServer.port}`] };
  const target = httpTarget(port, {
    url: { kind: 'environment', name: 'URL' },
    headers: { 'x-key': plain(header) },
    body: plain('needle'),
    method: 'POST',
  });
  const facts = await probe(target, { env: { URL: url(port) }, names });
  expect(facts.finding.kind).toBe(kind);
  expect(JSON.stringify(facts)).not.toContain('needle');
});
