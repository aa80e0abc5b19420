/** Whose deliveries are believed. */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { deliveredRepository, isSigned, signedBytes } from './is-signed.ts';

const BODY = Buffer.from('{"repository":{"full_name":"team/app"}}');
const sign = (body: Uint8Array, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');
const right = sign(BODY, 'shared');
const wrong = sign(BODY, 'other');

test.each([
  ['Gitea’s header', { 'x-gitea-signature': right }, true],
  ['Forgejo’s header', { 'x-forgejo-signature': right }, true],
  ['Forgejo’s header comes first', { 'x-forgejo-signature': wrong, 'x-gitea-signature': right }, false],
  ['another secret', { 'x-gitea-signature': wrong }, false],
  ['no header', {}, false],
  ['digits with a prefix, as GitHub writes them', { 'x-gitea-signature': `sha256=${right}` }, false],
  ['too few digits', { 'x-gitea-signature': right.slice(2) }, false],
  ['something else', { 'x-gitea-signature': 'é'.repeat(64) }, false],
  ['an empty one', { 'x-gitea-signature': '' }, false],
])('%s', (_name, headers, isRight) => {
  expect(isSigned(BODY, headers, 'shared')).toBe(isRight);
});

test('a secret that is empty signs nothing', () => {
  expect(isSigned(BODY, { 'x-gitea-signature': sign(BODY, '') }, '')).toBe(false);
});

test.each([
  ['{"repository":{"id":7,"full_name":"team/app"}}', { id: 7, fullName: 'team/app' }],
  ['{"repository":{"full_name":7,"id":"7"}}', {}],
  ['{"repository":null}', {}],
  ['7', {}],
  ['{', {}],
])('%s is about %o', (body, { id, fullName }: { id?: number; fullName?: string }) => {
  expect(deliveredRepository(Buffer.from(body))).toEqual({ id, fullName });
});

test.each(['application/x-www-form-urlencoded', 'Application/X-WWW-form-urlencoded; charset=utf-8'])(
  'of a form (%s) its payload is signed',
  (type) => {
    const form = Buffer.from(new URLSearchParams({ payload: BODY.toString() }).toString());
    const headers = { 'content-type': type, 'x-gitea-signature': right };
    const signed = signedBytes(form, headers);
    expect(isSigned(signed, headers, 'shared')).toBe(true);
    expect(deliveredRepository(signed).fullName).toBe('team/app');
    expect(isSigned(signedBytes(Buffer.from('other=1'), headers), headers, 'shared')).toBe(false);
  },
);
