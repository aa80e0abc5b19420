/** Names are found as the C library finds them, but a search can be ended. */
import type { LookupAddress } from 'node:dns';
import { hostname } from 'node:os';
import { type NameScene, type NameSceneOptions, startNameScene, waitFor } from '@ephemetry/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NameSearch, type NameSources } from './resolve-name.ts';

async function setScene(options: NameSceneOptions): Promise<NameScene> {
  const scene = await startNameScene(options);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  return scene;
}

/** The addresses, or what went wrong. */
async function find(
  sources: NameSources,
  name: string,
  search = new NameSearch(sources),
): Promise<string[] | string> {
  return await new Promise((resolve) => {
    search.lookup(name, { all: true }, (error, addresses) => {
      if (error !== null) resolve(error.message);
      else resolve((addresses as LookupAddress[]).map(({ address }) => address));
    });
  });
}

const KUBERNETES =
  'nameserver 127.0.0.1\nsearch team.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';

describe('a name in the hosts file', () => {
  test('is found, IPv4 first, and no server is asked', async () => {
    const hosts = '# collector\n::2 Collector\n192.0.2.7\tother collector # the one\nnonsense collector\n';
    const scene = await setScene({ hosts });
    expect(await find(scene, 'collector')).toEqual(['192.0.2.7', '::2']);
    expect(await find(scene, 'COLLECTOR.')).toEqual(['192.0.2.7', '::2']);
    expect(scene.server.questions).toEqual([]);
  });

  test('wins over localhost, which needs no entry', async () => {
    expect(await find(await setScene({ hosts: '192.0.2.1 localhost' }), 'localhost')).toEqual(['192.0.2.1']);
    const scene = await setScene({});
    expect(await find(scene, 'localhost')).toEqual(['127.0.0.1', '::1']);
    expect(await find(scene, 'collector.localhost')).toEqual(['127.0.0.1', '::1']);
    expect(scene.server.questions).toEqual([]);
  });

  test('is not a part of another name', async () => {
    const scene = await setScene({ hosts: '192.0.2.1 my-collector collector.test' });
    expect(await find(scene, 'collector')).toContain('do not know collector');
  });
});

describe('a name that servers know', () => {
  test('has the addresses of both families, IPv4 first', async () => {
    const names = { 'collector.test': ['2001:db8:0:0:0:0:0:1', '192.0.2.1', '192.0.2.2'] };
    const found = await find(await setScene({ server: { names } }), 'collector.test');
    expect(found).toHaveLength(3);
    expect([...found.slice(0, 2)].sort()).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(found[2]).toBe('2001:db8::1');
  });

  test('may have addresses of one family only', async () => {
    const names = { 'four.test': ['192.0.2.1'], 'six.test': ['2001:db8:0:0:0:0:0:1'] };
    const scene = await setScene({ server: { names } });
    expect(await find(scene, 'four.test')).toEqual(['192.0.2.1']);
    expect(await find(scene, 'six.test')).toEqual(['2001:db8::1']);
  });

  test('is found although the server is silent about IPv6', async () => {
    const scene = await setScene({ server: { names: { 'four.test': ['192.0.2.1'] }, isSilent: 'AAAA' } });
    expect(await find(scene, 'four.test')).toEqual(['192.0.2.1']);
  });

  test('gives one address to whoever wants one', async () => {
    const names = { 'collector.test': ['2001:db8:0:0:0:0:0:1', '192.0.2.1'] };
    const search = new NameSearch(await setScene({ server: { names } }));
    const found = await new Promise((resolve) => {
      search.lookup('collector.test', { family: 6 }, (_, address, family) => resolve([address, family]));
    });
    expect(found).toEqual(['2001:db8::1', 6]);
  });
});

describe('the search list', () => {
  test.each([
    ['collector', 'collector.team.svc.cluster.local'],
    ['collector.other', 'collector.other.svc.cluster.local'],
    ['collector.other.svc', 'collector.other.svc.cluster.local'],
    ['collector.test', 'collector.test'],
  ])('of Kubernetes completes %s to %s', async (name, full) => {
    const scene = await setScene({ configuration: KUBERNETES, server: { names: { [full]: ['192.0.2.1'] } } });
    expect(await find(scene, name)).toEqual(['192.0.2.1']);
  });

  test('is not used for a full name', async () => {
    const names = { 'collector.team.svc.cluster.local': ['192.0.2.1'] };
    const scene = await setScene({ configuration: KUBERNETES, server: { names } });
    expect(await find(scene, 'collector.')).toBe('the hosts file and the name servers do not know collector');
  });

  test('comes second for a name with dots enough', async () => {
    const names = { 'a.b': ['192.0.2.1'], 'a.b.c': ['192.0.2.2'] };
    const first = await setScene({ configuration: 'search c', server: { names } });
    expect(await find(first, 'a.b')).toEqual(['192.0.2.1']);
    const second = await setScene({ configuration: 'search c\noptions ndots:2', server: { names } });
    expect(await find(second, 'a.b')).toEqual(['192.0.2.2']);
  });

  test('passes over a name without addresses', async () => {
    const names = { 'a.empty': [], 'a.full': ['192.0.2.1'] };
    const scene = await setScene({ configuration: 'search empty full', server: { names } });
    expect(await find(scene, 'a')).toEqual(['192.0.2.1']);
  });
});

test('a name that nobody knows is said with what was asked', async () => {
  const scene = await setScene({ configuration: 'search one two.' });
  expect(await find(scene, 'collector')).toBe(
    'the hosts file and the name servers do not know collector.one, collector.two, collector',
  );
});

test('the own name needs no entry', async () => {
  expect(await find(await setScene({}), hostname().toUpperCase())).toContain('127.0.0.1');
});

describe('a silent server', () => {
  test('is left at once when the search ends', async () => {
    const scene = await setScene({ server: { isSilent: true } });
    const search = new NameSearch(scene);
    const found = find(scene, 'collector.test', search);
    await waitFor(() => scene.server.questions.length > 0, { what: 'a question' });
    const endedAtMs = performance.now();
    search.end();
    expect(await found).toBe('the name servers gave no answer for collector.test: ECANCELLED');
    expect(performance.now() - endedAtMs).toBeLessThan(900);
  });

  test('is asked for no other name of the search list', async () => {
    const configuration = 'search one two\noptions timeout:1 attempts:1';
    const scene = await setScene({ configuration, server: { isSilent: true } });
    expect(await find(scene, 'collector')).toBe(
      'the name servers gave no answer for collector.one: ETIMEOUT',
    );
    expect(new Set(scene.server.questions)).toEqual(new Set(['A collector.one', 'AAAA collector.one']));
  });
});

test.each(['no such file', 'a folder'])('%s in the place of both files is no fault', async (what) => {
  const scene = await setScene({ server: { names: { 'collector.test': ['192.0.2.1'] } } });
  const path = what === 'a folder' ? '/' : '/nowhere/file';
  expect(await find({ ...scene, hostsPath: path, configurationPath: path }, 'collector.test')).toEqual([
    '192.0.2.1',
  ]);
});
