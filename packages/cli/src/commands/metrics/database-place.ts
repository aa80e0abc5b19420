/** Which database the merge metrics are read from: a PostgreSQL server, or a directory of the embedded PGlite. */
import { dirname, join, resolve } from 'node:path';
import { spoolDirectoryCandidates } from '@ephemetry/exporter';

/** A database, and which setting or default named it. */
export type DatabasePlace = { readonly why: string } & (
  | { readonly kind: 'postgresql'; readonly url: string }
  | { readonly kind: 'pglite'; readonly directory: string }
);

/**
 * Finds the database: the option over `EPHEMETRY_DATABASE` over the default, a directory beside the default spool.
 *
 * @throws RangeError when a name is neither a `postgres://` URL nor a directory, or when nothing is named and there
 *   is no default.
 */
export function findDatabase(named: string | undefined, env: NodeJS.ProcessEnv): DatabasePlace {
  if (named !== undefined) return parsePlace(named, 'named by --database');
  const configured = (env['EPHEMETRY_DATABASE'] ?? '').trim();
  if (configured !== '') return parsePlace(configured, 'named by EPHEMETRY_DATABASE');
  const why = 'the default; --database or EPHEMETRY_DATABASE names another';
  return { kind: 'pglite', directory: defaultDirectory(env), why };
}

/** As shown to people: a password is nobody's business. */
export function describePlace(place: DatabasePlace): string {
  if (place.kind === 'pglite') return place.directory;
  const url = new URL(place.url);
  if (url.password !== '') url.password = '***';
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  return url.href;
}

/** In the state directory that the exporter chooses. A spool may fall back to temporary files; a history must not. */
function defaultDirectory(env: NodeJS.ProcessEnv): string {
  const [spool, temporary] = spoolDirectoryCandidates(undefined, env);
  if (temporary !== undefined) return join(dirname(spool), 'merges');
  throw new RangeError(
    'There is no directory for a database: neither XDG_STATE_HOME nor HOME is an absolute path. Name one with --database or EPHEMETRY_DATABASE.',
  );
}

function parsePlace(text: string, why: string): DatabasePlace {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgresql', url: text, why };
  if (text.trim() !== '' && !text.includes('://')) {
    return { kind: 'pglite', directory: resolve(text), why };
  }
  // What was given may hold a password: only its scheme is repeated.
  const given = /^[^:]*:\/\//.exec(text)?.[0] ?? 'an empty name';
  throw new RangeError(
    `The database ${why} begins with ${given}. Allowed: postgres://user@host:port/database, or a directory.`,
  );
}
