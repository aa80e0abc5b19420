/** Addresses: URLs of pages, and hosts with a port. */
import { isIPv6 } from 'node:net';
import { type Given, quoted, shown } from '../given.ts';
import type { Shape } from './shape.ts';

/** A host and a port, as `tcp://192.0.2.1:22` or `tls://example.org:443` says them. */
export interface SocketAddress {
  readonly scheme: 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/** A page. */
export interface PageAddress {
  readonly scheme: 'http' | 'https';
  readonly url: string;
}

const URL_LIMIT = 2048;

/** An address with one of these schemes. */
export function address<Scheme extends 'http' | 'https' | 'tcp' | 'tls'>(
  schemes: readonly Scheme[],
  example: string,
): Shape<Extract<SocketAddress | PageAddress, { readonly scheme: Scheme }>>;
export function address(schemes: readonly string[], example: string): Shape<SocketAddress | PageAddress> {
  const allowed = `a URL with ${schemes.map((scheme) => `${scheme}://`).join(', ')}, such as ${example}`;
  return {
    schema: { type: 'string', pattern: `^(${schemes.join('|')})://`, maxLength: URL_LIMIT },
    read: (given, place, refuse) => {
      const url = urlOf(given);
      if (url !== undefined && (url.username !== '' || url.password !== '')) {
        const without = 'a URL without them; they belong into a header that is read from a file or variable';
        refuse({ line: given.line, place, problem: 'holds a user name or password', allowed: without });
        return undefined;
      }
      const parsed = url === undefined ? undefined : parseAddress(url);
      if (parsed !== undefined && schemes.includes(parsed.scheme)) return parsed;
      refuse({ line: given.line, place, problem: `is ${withoutSecrets(given)}`, allowed });
      return undefined;
    },
  };
}

function urlOf(given: Given): URL | undefined {
  const value = given.kind === 'scalar' ? given.value : undefined;
  // The parser of URLs drops line breaks and spaces, and takes other letters for ASCII.
  if (typeof value !== 'string' || value.length > URL_LIMIT || !/^[\x21-\x7e]+$/.test(value))
    return undefined;
  return URL.canParse(value) ? new URL(value) : undefined;
}

function parseAddress(url: URL): SocketAddress | PageAddress | undefined {
  switch (url.protocol) {
    case 'http:':
      return { scheme: 'http', url: url.href };
    case 'https:':
      return { scheme: 'https', url: url.href };
    case 'tcp:':
      return socketOf('tcp', url);
    case 'tls:':
      return socketOf('tls', url);
    default:
      return undefined;
  }
}

function socketOf(scheme: 'tcp' | 'tls', url: URL): SocketAddress | undefined {
  const { hostname, pathname, search, hash } = url;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port);
  const isHost = isIPv6(host) || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host);
  if (!isHost || port < 1 || pathname.replace('/', '') !== '' || search !== '' || hash !== '')
    return undefined;
  return { scheme, host, port };
}

/** What stands before an `@` or behind a `?` may be a secret. */
function withoutSecrets(given: Given): string {
  if (given.kind !== 'scalar' || typeof given.value !== 'string') return shown(given);
  if (given.value.includes('@')) return 'no such URL';
  return quoted(given.value.replace(/\?.*$/s, '?…'));
}
