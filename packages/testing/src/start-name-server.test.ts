import { promises } from 'node:dns';
import { expect, onTestFinished, test } from 'vitest';
import { type NameServerOptions, startNameServer } from './start-name-server.ts';

async function resolverOf(options: NameServerOptions): Promise<promises.Resolver> {
  const server = await startNameServer(options);
  onTestFinished(() => server.stop());
  const resolver = new promises.Resolver({ timeout: 200, tries: 1 });
  onTestFinished(() => resolver.cancel());
  resolver.setServers([`127.0.0.1:${server.port}`]);
  return resolver;
}

test('answers with the addresses of one family', async () => {
  const names = { 'collector.test': ['192.0.2.1', '2001:db8:0:0:0:0:0:1'], 'empty.test': [] };
  const resolver = await resolverOf({ names });
  expect(await resolver.resolve4('Collector.test')).toEqual(['192.0.2.1']);
  expect(await resolver.resolve6('collector.test')).toEqual(['2001:db8::1']);
  await expect(resolver.resolve4('empty.test')).rejects.toThrow('ENODATA');
  await expect(resolver.resolve4('other.test')).rejects.toThrow('ENOTFOUND');
});

test.each(['SERVFAIL', 'REFUSED'] as const)('fails with %s when told to', async (failure) => {
  const resolver = await resolverOf({ names: { 'collector.test': ['192.0.2.1'] }, failure });
  await expect(resolver.resolve4('collector.test')).rejects.toThrow(failure);
});

test('is silent when told to', async () => {
  const names = { 'collector.test': ['192.0.2.1'] };
  await expect((await resolverOf({ names, isSilent: true })).resolve4('collector.test')).rejects.toThrow(
    'ETIMEOUT',
  );
  const half = await resolverOf({ names, isSilent: 'AAAA' });
  expect(await half.resolve4('collector.test')).toEqual(['192.0.2.1']);
  await expect(half.resolve6('collector.test')).rejects.toThrow('ETIMEOUT');
});
