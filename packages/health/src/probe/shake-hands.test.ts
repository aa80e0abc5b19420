/** Certificates of every kind, over real TLS. */
import { describe, expect, test } from 'vitest';
import { answering, CERTIFICATES, page, startServer, startTlsServer } from '../fixtures/servers.ts';
import { plain, probe, targetOf } from '../fixtures/targets.ts';
import type { Probe } from '../target.ts';

type Name = keyof typeof CERTIFICATES;

/** The server's own certificate is the authority that is trusted, unless that is what is wrong. */
function probeOf(kind: 'tls' | 'https', port: number, authority: Name | undefined): Probe {
  const authorities = authority === undefined ? {} : { authorities: plain(CERTIFICATES[authority].cert) };
  if (kind === 'tls') return { kind, host: 'localhost', port, ...authorities };
  return {
    kind: 'http',
    url: plain(`https://localhost:${port}/`),
    headers: { 'x-key': plain('needle') },
    ...authorities,
  };
}

const CASES: readonly [string, Name, Name | undefined, string, number][] = [
  ['one in order', 'good', 'good', '', Date.UTC(2049, 11, 31, 23, 59, 59)],
  [
    'one that expired',
    'expired',
    'expired',
    'its certificate expired on 2021-02-03',
    Date.UTC(2021, 1, 3, 4, 5, 6),
  ],
  [
    'one for another host',
    'otherHost',
    'otherHost',
    'its certificate is for another host',
    Date.UTC(2049, 11, 31, 23, 59, 59),
  ],
  [
    'one that signed itself',
    'good',
    undefined,
    'its certificate is self-signed',
    Date.UTC(2049, 11, 31, 23, 59, 59),
  ],
];

describe.each(['tls', 'https'] as const)('%s', (kind) => {
  test.each(CASES)(
    '%s: its expiry is known, and nothing is sent to whom it does not vouch for',
    async (_name, certificate, authority, reason, expiryUnixMs) => {
      let received = '';
      const { port } = await startTlsServer(CERTIFICATES[certificate], (socket) => {
        socket.on('data', (piece) => {
          received += piece;
          socket.end(page(200));
        });
      });
      const facts = await probe(targetOf(probeOf(kind, port, authority)));
      expect(facts.finding).toEqual(reason === '' ? { kind: 'answered' } : { kind: 'wrong', reason });
      expect(facts.certificateExpiryUnixSeconds).toBe(expiryUnixMs / 1000);
      expect(received.includes('needle')).toBe(reason === '' && kind === 'https');
      expect('tls' in facts.phases).toBe(reason === '');
    },
  );

  test.each([
    ['no TLS but text', answering('SSH-2.0-OpenSSH_9\r\n'), 'wrong'],
    ['a close', (socket: { end(): void }) => socket.end(), 'wrong'],
    ['silence', () => {}, 'silent'],
  ] as const)('%s instead of a handshake', async (_name, serve, found) => {
    const { port } = await startServer(serve);
    const timeoutMs = found === 'silent' ? 400 : 20_000;
    const facts = await probe(targetOf(probeOf(kind, port, 'good'), { timeoutMs }));
    expect(facts.finding.kind).toBe(found);
    expect(facts.certificateExpiryUnixSeconds).toBeUndefined();
  });
});

test('a page over TLS has all five phases', async () => {
  const { port } = await startTlsServer(CERTIFICATES.good, answering(page(200, 'ok')));
  const facts = await probe(targetOf(probeOf('https', port, 'good')));
  expect(Object.keys(facts.phases)).toEqual(['resolve', 'connect', 'tls', 'first_byte', 'transfer']);
});

test('authorities that are no certificates say nothing of the target', async () => {
  const { port } = await startTlsServer(CERTIFICATES.good);
  const facts = await probe(targetOf({ kind: 'tls', host: 'localhost', port, authorities: plain('needle') }));
  const reason = 'the authorities of the target must be certificates in PEM';
  expect(facts.finding).toEqual({ kind: 'unmeasured', reason });
});
