import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSelfSignedCertificate } from './self-signed-certificate.ts';

test('makes a certificate for this machine, signed by its own key, valid for decades', () => {
  const { key, cert } = createSelfSignedCertificate();
  const certificate = new X509Certificate(cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.validToDate.getUTCFullYear()).toBe(2049);
});

test('makes another one each time', () => {
  expect(createSelfSignedCertificate().cert).not.toBe(createSelfSignedCertificate().cert);
});
