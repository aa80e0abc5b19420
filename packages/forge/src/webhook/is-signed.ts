/** Whether a delivery comes from who knows the secret. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Forgejo sends Gitea's header too. */
const SIGNATURE_HEADERS = ['x-forgejo-signature', 'x-gitea-signature'];

/**
 * Holds the signature against the raw bytes of the body: HMAC-SHA256 as bare hexadecimal digits, in constant time.
 *
 * @see https://docs.gitea.com/usage/webhooks
 */
export function isSigned(body: Uint8Array, headers: IncomingHttpHeaders, secret: string): boolean {
  const given = SIGNATURE_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
  if (secret === '' || typeof given !== 'string' || !/^[0-9a-f]{64}$/i.test(given)) return false;
  return timingSafeEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(given, 'hex'));
}

/** The repository that a delivery is about; undefined when it does not say. */
export function deliveredRepository(body: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value !== 'object' || value === null || !('repository' in value)) return undefined;
    const { repository } = value;
    const isNamed = typeof repository === 'object' && repository !== null && 'full_name' in repository;
    return isNamed && typeof repository.full_name === 'string' ? repository.full_name : undefined;
  } catch {
    return undefined;
  }
}
