/**
 * AWS Signature Version 4, from the receiver's side and with nothing but a hash: what the sender signed is
 * computed again from the request and compared.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as it came, before anything changed it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as on the request line. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** Who may sign, and for what. */
export interface SignatureRule {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** For example `aps`, Amazon Managed Service for Prometheus. */
  readonly service: string;
  /** @default now */
  readonly now?: Date;
}

/** Whether AWS would take it; if not, AWS' name of the fault and what was wrong. */
export type SignatureVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly fault: SignatureFault; readonly detail: string };

/** Names that AWS answers with. */
export type SignatureFault =
  | 'MissingAuthenticationToken'
  | 'IncompleteSignature'
  | 'InvalidClientTokenId'
  | 'SignatureDoesNotMatch';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
/** AWS refuses signatures that are older or younger. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
const MUST_BE_SIGNED = ['host', 'x-amz-date'];

/** Verifies the signature, the credential's scope, the date and the body's hash. */
export function verifySignature(request: SignedRequest, rule: SignatureRule): SignatureVerdict {
  const authorization = header(request, 'authorization');
  if (authorization === '') return invalid('MissingAuthenticationToken', 'no Authorization header');
  const [, credential, signedHeaders, signature] = AUTHORIZATION.exec(authorization) ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    return invalid('IncompleteSignature', `Authorization is ${authorization}`);
  }
  const [accessKeyId = '', ...scope] = credential.split('/');
  if (accessKeyId !== rule.accessKeyId) return invalid('InvalidClientTokenId', `access key ${accessKeyId}`);
  return (
    checkScope(request, rule, scope) ??
    checkHeaders(signedHeaders) ??
    checkBody(request) ??
    checkSignature(request, rule, { scope, signedHeaders, signature })
  );
}

function checkScope(
  request: SignedRequest,
  rule: SignatureRule,
  scope: readonly string[],
): SignatureVerdict | undefined {
  const date = header(request, 'x-amz-date');
  const expected = [date.slice(0, 8), rule.region, rule.service, 'aws4_request'];
  if (scope.join('/') !== expected.join('/')) {
    return invalid('SignatureDoesNotMatch', `scope ${scope.join('/')}, allowed: ${expected.join('/')}`);
  }
  const signedAt = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const offMs = Math.abs((rule.now ?? new Date()).getTime() - signedAt);
  if (offMs <= CLOCK_TOLERANCE_MS) return undefined;
  return invalid('SignatureDoesNotMatch', `signed at "${date}", allowed: five minutes around now`);
}

function checkHeaders(signedHeaders: string): SignatureVerdict | undefined {
  const missing = MUST_BE_SIGNED.filter((name) => !signedHeaders.split(';').includes(name));
  if (missing.length === 0) return undefined;
  return invalid('IncompleteSignature', `not signed: ${missing.join(', ')}`);
}

function checkBody(request: SignedRequest): SignatureVerdict | undefined {
  const given = header(request, 'x-amz-content-sha256');
  if (given === '' || given === sha256(request.body)) return undefined;
  return invalid('SignatureDoesNotMatch', 'x-amz-content-sha256 is not the hash of the body');
}

function checkSignature(
  request: SignedRequest,
  rule: SignatureRule,
  given: { readonly scope: readonly string[]; readonly signedHeaders: string; readonly signature: string },
): SignatureVerdict {
  const toSign = [
    'AWS4-HMAC-SHA256',
    header(request, 'x-amz-date'),
    given.scope.join('/'),
    sha256(canonicalRequest(request, given.signedHeaders)),
  ].join('\n');
  const key = given.scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${rule.secretAccessKey}`,
  );
  const expected = createHmac('sha256', key).update(toSign).digest();
  if (timingSafeEqual(expected, Buffer.from(given.signature, 'hex'))) return { kind: 'valid' };
  return invalid('SignatureDoesNotMatch', 'the signature was made with another secret or of another request');
}

function canonicalRequest(request: SignedRequest, signedHeaders: string): string {
  const [path = '/', query = ''] = request.target.split('?', 2);
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${header(request, name).trim().replace(/ +/g, ' ')}\n`);
  return [
    request.method,
    // Every service but S3 signs the path encoded once more.
    path.split('/').map(encode).join('/'),
    query.split('&').filter(Boolean).sort().join('&'),
    headers.join(''),
    signedHeaders,
    sha256(request.body),
  ].join('\n');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function header(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : (value ?? []).join(',');
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function invalid(fault: SignatureFault, detail: string): SignatureVerdict {
  return { kind: 'invalid', fault, detail };
}
