import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A certificate for localhost and 127.0.0.1 that nobody trusts, with its key, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** What is wrong with a certificate, beside that nobody trusts it. */
export interface CertificateOptions {
  /** The only name it is for. @default localhost and 127.0.0.1 */
  readonly host?: string;
  /** Until when it is valid, as `YYMMDDhhmmssZ`. @default '491231235959Z' */
  readonly validTo?: string;
}

/**
 * Makes a new self-signed certificate (ECDSA P-256), valid from 2020 on. The DER is written by hand
 * because Node signs certificates nowhere and `openssl` is not on every machine.
 *
 * Source: RFC 5280, section 4.1.
 */
export function createSelfSignedCertificate(options: CertificateOptions = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = toBeSigned(publicKey.export({ type: 'spki', format: 'der' }), options);
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, ECDSA_WITH_SHA256, tlv(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function toBeSigned(publicKey: Buffer, { host, validTo = '491231235959Z' }: CertificateOptions): Buffer {
  const version3 = tlv(0xa0, tlv(0x02, Buffer.from([2])));
  // 0x40: a serial number is positive, so its first bit must be 0.
  const serial = tlv(
    0x02,
    Buffer.from([0x40]),
    createHash('sha256').update(publicKey).digest().subarray(0, 15),
  );
  const name = sequence(tlv(0x31, sequence(COMMON_NAME, utf8('localhost'))));
  const validity = sequence(utcTime('200101000000Z'), utcTime(validTo));
  const extensions = tlv(0xa3, sequence(isAuthority(), alternativeNames(host)));
  return sequence(version3, serial, ECDSA_WITH_SHA256, name, validity, name, publicKey, extensions);
}

/** A self-signed certificate is its own authority; clients that are given it as `ca` ask for this. */
function isAuthority(): Buffer {
  const critical = tlv(0x01, Buffer.from([0xff]));
  return sequence(BASIC_CONSTRAINTS, critical, tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff])))));
}

function alternativeNames(host: string | undefined): Buffer {
  const dns = tlv(0x82, Buffer.from(host ?? 'localhost'));
  const ip = tlv(0x87, Buffer.from([127, 0, 0, 1]));
  return sequence(SUBJECT_ALT_NAME, tlv(0x04, host === undefined ? sequence(dns, ip) : sequence(dns)));
}

function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text));
}

function utcTime(text: string): Buffer {
  return tlv(0x17, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

/** Tag, length, value: the whole of DER. Values here stay below 64 KiB. */
function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const size = value.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

/** 1.2.840.10045.4.3.2, as an AlgorithmIdentifier. */
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
/** 2.5.29.19 */
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
/** 2.5.29.17 */
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
