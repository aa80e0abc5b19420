/**
 * Connection strings in every form that people have them in, told apart from directories: what is taken for a directory
 * is made and shown, and a connection string holds a password.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */

/** What a text is. */
export type ConnectionText =
  | { readonly kind: 'url'; readonly url: string }
  /** Meant for a server, or holding a password, but of no form that is known; it is not to be repeated. */
  | { readonly kind: 'unreadable'; readonly begins: string }
  | { readonly kind: 'other' };

/** Reads a name that may be a connection string. */
export function readConnectionText(given: string): ConnectionText {
  const text = given.trim();
  if (/^postgres(ql)?:\/\//i.test(text)) {
    return URL.canParse(text) ? { kind: 'url', url: text } : unreadable(text);
  }
  if (/^(postgres(ql)?|jdbc):/i.test(text) || text.includes('://')) return unreadable(text);
  const settings = readSettings(text);
  const url = settings && urlOf(settings);
  if (url !== undefined) return { kind: 'url', url };
  return looksLikeConnection(text) ? unreadable(text) : { kind: 'other' };
}

/** A URL without anything that may be a secret. */
export function describeUrl(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = HIDDEN;
  for (const name of new Set(shown.searchParams.keys()))
    if (!SHOWN_PARAMETERS.has(name)) shown.searchParams.set(name, HIDDEN);
  shown.hash = '';
  return shown.href;
}

/** A message without the secrets of a URL that it may quote. */
export function hideSecrets(message: string, url: string): string {
  const { password, searchParams } = new URL(url);
  const hidden = [...searchParams].filter(([name]) => !SHOWN_PARAMETERS.has(name)).map(([, value]) => value);
  const secrets = [password, decode(password), ...hidden].filter((secret) => secret !== '');
  return secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), message);
}

const HIDDEN = '***';

/** Any other parameter may be a secret, or become one. */
const SHOWN_PARAMETERS: ReadonlySet<string> = new Set([
  'application_name',
  'connect_timeout',
  'host',
  'port',
  'sslmode',
  'target_session_attrs',
  'user',
]);

/** The keywords of libpq, also as the environment has them (`PGHOST`). */
const KEYWORDS: ReadonlyMap<string, string> = new Map(
  [
    'application_name',
    'connect_timeout',
    'dbname',
    'host',
    'hostaddr',
    'options',
    'passfile',
    'password',
    'port',
    'service',
    'sslcert',
    'sslkey',
    'sslmode',
    'sslpassword',
    'sslrootcert',
    'target_session_attrs',
    'user',
  ].flatMap((keyword): [string, string][] => [
    [keyword, keyword],
    [`pg${keyword}`, keyword],
  ]),
).set('database', 'dbname');

/** `keyword = value` pairs; undefined when the text is something else. */
function readSettings(text: string): ReadonlyMap<string, string> | undefined {
  const pair = /([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)/y;
  const settings = new Map<string, string>();
  while (pair.lastIndex < text.length) {
    const [, name = '', quoted, plain = ''] = pair.exec(text) ?? [];
    const keyword = KEYWORDS.get(name.toLowerCase()) ?? KEYWORDS.get(name.toLowerCase().replace(/^pg/, ''));
    if (keyword === undefined) return undefined;
    settings.set(keyword, (quoted ?? plain).replace(/\\(.)/gs, '$1'));
  }
  return settings.size === 0 ? undefined : settings;
}

/** Undefined when a host or a port is none that a URL can have. */
function urlOf(settings: ReadonlyMap<string, string>): string | undefined {
  const { host, hostaddr, port, user, password, dbname, ...others } = Object.fromEntries(settings);
  const url = new URL('postgres://localhost');
  const server = hostaddr ?? host ?? '';
  if (!/^(\/.*|[A-Za-z0-9._:-]*)$/.test(server) || !/^[0-9]{0,5}$/.test(port ?? '')) return undefined;
  // A socket's directory is not a host name.
  if (server.startsWith('/')) url.searchParams.set('host', server);
  else if (server !== '') url.hostname = server.includes(':') ? `[${server}]` : server;
  url.port = port ?? '';
  url.username = encodeURIComponent(user ?? '');
  url.password = encodeURIComponent(password ?? '');
  url.pathname = encodeURIComponent(dbname ?? '');
  for (const [name, value] of Object.entries(others)) url.searchParams.set(name, value);
  return url.href;
}

/** A password, a user before a host, or a setting of a server. */
function looksLikeConnection(text: string): boolean {
  if (/(pass|passwd|password|pwd|passfile|secret|token)['"]?\s*[=:]/i.test(text)) return true;
  const isPath = /^(\/|\.{1,2}(\/|$)|~)/.test(text);
  if (isPath) return false;
  const settings = [...text.matchAll(/([A-Za-z_]+)\s*=/g)].map(([, name = '']) => name.toLowerCase());
  return /[^/\s]:[^/]*@/.test(text) || settings.some((name) => KEYWORDS.has(name));
}

function unreadable(text: string): ConnectionText {
  const scheme = /^(?:[a-z][a-z0-9+.-]*:)+(?:\/\/)?/i.exec(text)?.[0] ?? '';
  return { kind: 'unreadable', begins: /:\/\/$|^jdbc:|^postgres/i.test(scheme) ? scheme.slice(0, 40) : '' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
