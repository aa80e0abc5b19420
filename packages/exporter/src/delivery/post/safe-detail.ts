/** Whatever a server or the system says ends in one line on stderr and in files: short, plain, without our credentials. */
import type { Endpoint } from './endpoint.ts';

const DETAIL_LIMIT_CHARACTERS = 200;
/** What is shorter is not a secret, and would take words apart: "Bearer" stands in front of one. */
const URL_SECRET_LEAST_CHARACTERS = 4;
const HEADER_SECRET_LEAST_CHARACTERS = 8;
const PUBLIC_HEADERS = ['content-type', 'user-agent'];

/** The text as one short line of printable ASCII. Error pages quote the request: what it held of credentials is left out. */
export function safeDetail(endpoint: Pick<Endpoint, 'url' | 'headers'>, text: string): string {
  const secrets = [...secretsOfUrl(endpoint.url), ...secretsOfHeaders(endpoint.headers)];
  // Longest first: one may hold another.
  return secrets
    .sort((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, '...'), text)
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, DETAIL_LIMIT_CHARACTERS);
}

function secretsOfUrl(url: string): string[] {
  const { username, password, search, hash, searchParams } = new URL(url);
  const parts = [username, password, search.slice(1), hash.slice(1), ...searchParams.values()];
  return [...parts, ...parts.map(decode)].filter((part) => part.length >= URL_SECRET_LEAST_CHARACTERS);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function secretsOfHeaders(headers: Endpoint['headers']): string[] {
  return Object.entries(headers)
    .filter(([name]) => !PUBLIC_HEADERS.includes(name.toLowerCase()))
    .flatMap(([, value]) => [value, ...value.split(' ')])
    .filter((value) => value.length >= HEADER_SECRET_LEAST_CHARACTERS);
}
