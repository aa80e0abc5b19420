import { expect, test } from 'vitest';
import { type SignedRequest, verifySignature } from './verify-signature.ts';

/**
 * AWS' own example: `get-vanilla` of the Signature Version 4 test suite.
 * Source: https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html
 */
const VANILLA: SignedRequest = {
  method: 'GET',
  target: '/',
  headers: {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  body: Buffer.from(''),
};
const RULE = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
  now: new Date('2015-08-30T12:37:00Z'),
};

test('takes a request that AWS signed as an example', () => {
  expect(verifySignature(VANILLA, RULE)).toEqual({ kind: 'valid' });
});

test.for([
  ['another body', { body: Buffer.from('x') }, {}, 'SignatureDoesNotMatch'],
  ['another path', { target: '/other' }, {}, 'SignatureDoesNotMatch'],
  ['another method', { method: 'POST' }, {}, 'SignatureDoesNotMatch'],
  ['another secret', {}, { secretAccessKey: 'other' }, 'SignatureDoesNotMatch'],
  ['another service', {}, { service: 'aps' }, 'SignatureDoesNotMatch'],
  ['another region', {}, { region: 'eu-west-1' }, 'SignatureDoesNotMatch'],
  ['an unknown key', {}, { accessKeyId: 'AKIDOTHER' }, 'InvalidClientTokenId'],
  ['a signature of yesterday', {}, { now: new Date('2015-08-31T12:36:00Z') }, 'SignatureDoesNotMatch'],
  ['no signature', { headers: {} }, {}, 'MissingAuthenticationToken'],
] as const)('refuses %s', ([, request, rule, fault]) => {
  expect(verifySignature({ ...VANILLA, ...request }, { ...RULE, ...rule })).toMatchObject({ fault });
});
