/** Which database the merges are read from: a PostgreSQL server, or a directory of the embedded PGlite. */
import { dirname, join, resolve } from 'node:path';
import { defaultSpoolPlaces } from '@ephemetry/exporter/spool';
import { type ConnectionText, describeUrl, readConnectionText } from './connection-string.ts';

/** A database, and which setting or default named it. */
export type DatabasePlace = { readonly why: string; readonly notice?: string } & (
  | { readonly kind: 'postgresql'; readonly url: string }
  | { readonly kind: 'pglite'; readonly directory: string }
);

const OLD_VARIABLE = 'EPHEMETRY_DATABASE';
const OLD_VARIABLE_NOTICE =
  'EPHEMETRY_DATABASE is now EPHEMETRY_MERGES_DATABASE; the old name works until 1.0';

/**
 * Finds the database: the option over `EPHEMETRY_MERGES_DATABASE` over the default, a directory beside the default spool.
 * `EPHEMETRY_DATABASE`, as the variable was called, is read until 1.0; `notice` says so then.
 *
 * @throws RangeError when a name is neither a connection string nor a directory, or when nothing is named and there
 *   is no default.
 */
export function findDatabase(named: string | undefined, env: NodeJS.ProcessEnv): DatabasePlace {
  if (named !== undefined) return parsePlace(named, 'named by --database');
  for (const variable of ['EPHEMETRY_MERGES_DATABASE', OLD_VARIABLE]) {
    const configured = (env[variable] ?? '').trim();
    if (configured === '') continue;
    const notice = variable === OLD_VARIABLE ? { notice: OLD_VARIABLE_NOTICE } : {};
    return { ...parsePlace(configured, `named by ${variable}`), ...notice };
  }
  const why = 'the default; --database or EPHEMETRY_MERGES_DATABASE names another';
  return { kind: 'pglite', directory: defaultDirectory(env), why };
}

/** As shown to people: a password is nobody's business. */
export function describePlace(place: DatabasePlace): string {
  return place.kind === 'pglite' ? place.directory : describeUrl(place.url);
}

/** In the state directory that the exporter chooses. A spool may fall back to temporary files; a history must not. */
function defaultDirectory(env: NodeJS.ProcessEnv): string {
  const state = defaultSpoolPlaces(env).find(({ why }) => why !== 'temporary');
  if (state !== undefined) return join(dirname(state.path), 'merges');
  throw new RangeError(
    'There is no directory for a database: neither XDG_STATE_HOME nor HOME is an absolute path. Name one with --database or EPHEMETRY_MERGES_DATABASE.',
  );
}

function parsePlace(text: string, why: string): DatabasePlace {
  const read = readConnectionText(text);
  if (read.kind === 'url') return { kind: 'postgresql', url: read.url, why };
  if (read.kind === 'other' && text.trim() !== '') return { kind: 'pglite', directory: resolve(text), why };
  throw new RangeError(
    `The database ${why} ${describeText(read)}. Allowed: postgres://user@host:port/database, host=… user=… dbname=…, or a directory.`,
  );
}

/** What was given may hold a password: only its scheme is repeated. */
function describeText(read: ConnectionText): string {
  if (read.kind !== 'unreadable') return 'begins with an empty name';
  if (read.begins !== '') return `begins with ${read.begins}`;
  return 'looks like a connection string, of a form that is not known here';
}
