/** Where a database is, read once from what a user wrote. */
import { join, resolve } from 'node:path';
import type { Refusal } from './refusal.ts';

/** A place that a database can be in. `shown` holds no password. */
export type Place =
  | { readonly kind: 'postgresql'; readonly url: string; readonly shown: string }
  | { readonly kind: 'sqlite'; readonly file: string; readonly shown: string }
  | { readonly kind: 'pglite'; readonly directory: string; readonly shown: string }
  | { readonly kind: 'duckdb'; readonly directory: string; readonly shown: string };

/** What a directory without a scheme can be opened by. */
export type DirectoryEngine = 'sqlite' | 'pglite' | 'duckdb';

/** What a directory without a scheme means, and what its file is called. */
export interface PlaceOptions {
  /** @default 'sqlite' */
  readonly directoryEngine?: DirectoryEngine | undefined;
  /** Of the file that an engine gets in a directory: `name.sqlite`. */
  readonly name: string;
}

const ALLOWED =
  'Allowed: postgres://user@host:port/database, sqlite:FILE, pglite:DIRECTORY, duckdb:DIRECTORY, or a directory';

/**
 * Reads the name of a place.
 *
 * @returns a refusal for what is none. It repeats no more than the scheme: the rest may be a password.
 * @example
 * ```ts
 * import { parsePlace } from '@ephemetry/store';
 *
 * console.log(parsePlace('postgres://ada:secret@db.example/history', { name: 'tests' }));
 * ```
 */
export function parsePlace(
  text: string,
  { directoryEngine = 'sqlite', name }: PlaceOptions,
): Place | Refusal {
  const given = text.trim();
  if (given === '') return invalid(`the place of the database is empty. ${ALLOWED}`);
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(given) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return postgresql(given);
    case 'sqlite':
      return embedded(rest, (path) => ({ kind: 'sqlite', file: path, shown: path }));
    case 'pglite':
      return embedded(rest, (path) => ({ kind: 'pglite', directory: path, shown: path }));
    case 'duckdb':
      return embedded(rest, (path) => ({ kind: 'duckdb', directory: path, shown: path }));
  }
  if (scheme !== undefined && rest.startsWith('//')) {
    return invalid(`a database at ${scheme}:// is not known here. ${ALLOWED}`);
  }
  return embedded(given, (path) =>
    directoryEngine === 'sqlite'
      ? { kind: 'sqlite', file: join(path, `${name}.sqlite`), shown: path }
      : { kind: directoryEngine, directory: path, shown: path },
  );
}

function postgresql(url: string): Place | Refusal {
  // With a / or a # in it, a password that is not escaped is read as a path, which is shown.
  const isWhole =
    /^postgres(ql)?:\/\//i.test(url) && URL.canParse(url) && !new URL(url).pathname.includes('@');
  if (!isWhole) return invalid(`the URL of PostgreSQL cannot be read. ${ALLOWED}`);
  return { kind: 'postgresql', url, shown: withoutSecrets(url) };
}

/** The path after a scheme, also as `scheme:///path`. */
function embedded(text: string, place: (path: string) => Place): Place | Refusal {
  const path = text.startsWith('///') ? text.slice(2) : text;
  if (path === '' || path.startsWith('//') || path.includes('\0'))
    return invalid(`no path is named. ${ALLOWED}`);
  // What looks like the settings of a server would become the name of a directory, password and all.
  if (/(^|\s)(host|password|dbname|user)\s*=/i.test(path)) {
    return invalid(`settings such as host=… are not read here: write them as a URL. ${ALLOWED}`);
  }
  if (/^[^/]+:[^/]*@/.test(path)) {
    return invalid(`user:password@host is the end of a URL: write it whole. ${ALLOWED}`);
  }
  return place(resolve(path));
}

/** Parameters may be secrets, too: none is shown. */
function withoutSecrets(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  const user = username === '' ? '' : `${username}@`;
  return `${protocol}//${user}${host}${pathname}`;
}

function invalid(message: string): Refusal {
  return { kind: 'invalid-place', message };
}
