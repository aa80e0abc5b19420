/** Where a database is, read once from what a user wrote. */
import { join, resolve } from 'node:path';
import type { Engine } from './database.ts';
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
  /** Those that the program's tables and questions are written for. @default all but DuckDB, which is not like the others */
  readonly engines?: readonly Engine[] | undefined;
}

/** How a user names a place of each engine. */
const FORMS: Readonly<Record<Engine, { readonly name: string; readonly place: string }>> = {
  postgresql: { name: 'PostgreSQL', place: 'postgres://user@host:port/database' },
  sqlite: { name: 'SQLite', place: 'sqlite:FILE' },
  pglite: { name: 'PGlite', place: 'pglite:DIRECTORY' },
  duckdb: { name: 'DuckDB', place: 'duckdb:DIRECTORY' },
};
const MOST_ENGINES: readonly Engine[] = ['postgresql', 'sqlite', 'pglite'];

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
export function parsePlace(text: string, options: PlaceOptions): Place | Refusal {
  const { engines = MOST_ENGINES } = options;
  const place = placeIn(text.trim(), options);
  if (typeof place !== 'string' && engines.includes(place.kind)) return place;
  const wrong = typeof place === 'string' ? place : `it is not kept in ${FORMS[place.kind].name}`;
  const allowed = engines.map((engine) => FORMS[engine].place).join(', ');
  return { kind: 'invalid-place', message: `${wrong}. Allowed: ${allowed}, or a directory` };
}

/** The place, or what is wrong with it. */
function placeIn(given: string, { directoryEngine = 'sqlite', name }: PlaceOptions): Place | string {
  if (given === '') return 'the place of the database is empty';
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
  if (scheme !== undefined && rest.startsWith('//')) return `a database at ${scheme}:// is not known here`;
  return embedded(given, (path) =>
    directoryEngine === 'sqlite'
      ? { kind: 'sqlite', file: join(path, `${name}.sqlite`), shown: path }
      : { kind: directoryEngine, directory: path, shown: path },
  );
}

function postgresql(url: string): Place | string {
  // With a / or a # in it, a password that is not escaped is read as a path, which is shown.
  const isWhole =
    /^postgres(ql)?:\/\//i.test(url) && URL.canParse(url) && !new URL(url).pathname.includes('@');
  if (!isWhole) return 'the URL of PostgreSQL cannot be read';
  return { kind: 'postgresql', url, shown: withoutSecrets(url) };
}

/** The path after a scheme, also as `scheme:///path`. */
function embedded(text: string, place: (path: string) => Place): Place | string {
  const path = text.startsWith('///') ? text.slice(2) : text;
  if (path === '' || path.startsWith('//') || path.includes('\0')) return 'no path is named';
  // What looks like the settings of a server would become the name of a directory, password and all.
  if (/(^|\s)(host|password|dbname|user)\s*=/i.test(path))
    return 'settings such as host=… are not read here: write them as a URL';
  if (/^[^/]+:[^/]*@/.test(path)) return 'user:password@host is the end of a URL: write it whole';
  return place(resolve(path));
}

/** Parameters may be secrets, too: none is shown. */
function withoutSecrets(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  const user = username === '' ? '' : `${username}@`;
  return `${protocol}//${user}${host}${pathname}`;
}
