/** Whether a delivery comes from who knows the secret, and what it is about. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Forgejo sends Gitea's header too. */
const SIGNATURE_HEADERS = ['x-forgejo-signature', 'x-gitea-signature'];
const FORM = 'application/x-www-form-urlencoded';

/**
 * The bytes that a forge signed: the body, or what its form holds under `payload`. A webhook has the one or the other type of
 * content, and the signature is that of the JSON in both.
 *
 * @see https://docs.gitea.com/usage/webhooks
 */
export function signedBytes(body: Uint8Array, headers: IncomingHttpHeaders): Uint8Array {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== FORM) return body;
  return Buffer.from(new URLSearchParams(Buffer.from(body).toString('utf8')).get('payload') ?? '');
}

/**
 * Holds the signature against the bytes that were signed: HMAC-SHA256 as bare hexadecimal digits, in constant time.
 *
 * @see https://docs.gitea.com/usage/webhooks
 */
export function isSigned(signed: Uint8Array, headers: IncomingHttpHeaders, secret: string): boolean {
  const given = SIGNATURE_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
  if (secret === '' || typeof given !== 'string' || !/^[0-9a-f]{64}$/i.test(given)) return false;
  return timingSafeEqual(createHmac('sha256', secret).update(signed).digest(), Buffer.from(given, 'hex'));
}

/** The repository that a delivery is about. */
export interface DeliveredRepository {
  /** It has the same one under a new name; undefined when the delivery does not say. */
  readonly id: number | undefined;
  readonly fullName: string | undefined;
}

/** The repository that a delivery is about, as far as it says. */
export function deliveredRepository(signed: Uint8Array): DeliveredRepository {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(signed));
    const repository = memberOf(value, 'repository');
    const [id, fullName] = [memberOf(repository, 'id'), memberOf(repository, 'full_name')];
    return {
      id: typeof id === 'number' ? id : undefined,
      fullName: typeof fullName === 'string' ? fullName : undefined,
    };
  } catch {
    return { id: undefined, fullName: undefined };
  }
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}
