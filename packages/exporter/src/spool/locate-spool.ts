/** Where the spool is looked for, and what says so. */
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { presentText } from '../settings.ts';
import { currentDirectory, findSpoolDirectory } from './spool-directory.ts';

/** A directory for a spool. `why`: what named it, or which default it is. */
export interface SpoolPlace {
  readonly path: string;
  readonly why: 'option' | 'variable' | 'xdg-state-home' | 'home' | 'temporary';
}

/** Best first. */
export type SpoolPlaces = readonly [SpoolPlace, ...SpoolPlace[]];

/** What may name a spool, beside `EPHEMETRY_SPOOL_DIR`. */
export interface SpoolPlaceOptions {
  /** Wins over `EPHEMETRY_SPOOL_DIR`. @default as the exporter finds it */
  readonly spoolDir?: string | undefined;
}

/** The places to try, best first. A relative name starts from `startDirectory`; without one it stays relative and will not be usable. */
export function spoolPlaces(
  { spoolDir }: SpoolPlaceOptions,
  env: NodeJS.ProcessEnv,
  startDirectory: string | undefined = currentDirectory(),
): SpoolPlaces {
  const fromStart = (path: string): string =>
    startDirectory === undefined ? path : resolve(startDirectory, path);
  const option = presentText(spoolDir);
  if (option !== undefined) return [{ path: fromStart(option), why: 'option' }];
  const variable = presentText(env['EPHEMETRY_SPOOL_DIR']);
  if (variable !== undefined) return [{ path: fromStart(variable), why: 'variable' }];
  return defaultSpoolPlaces(env);
}

/**
 * The places of a spool that nobody names, best first: in the XDG state directory
 * (https://specifications.freedesktop.org/basedir-spec/latest/), else in the temporary directory, for containers whose home
 * is read-only.
 *
 * @example
 * ```ts
 * import { defaultSpoolPlaces } from '@ephemetry/exporter/spool';
 *
 * const [best] = defaultSpoolPlaces({ XDG_STATE_HOME: '/var/lib/deploy' });
 * console.assert(best.path === '/var/lib/deploy/ephemetry/spool' && best.why === 'xdg-state-home');
 * ```
 */
export function defaultSpoolPlaces(env: NodeJS.ProcessEnv): SpoolPlaces {
  const user = process.getuid?.() ?? 'user';
  const scratch = absolute(env['TMPDIR']) ?? tmpdir();
  const temporary = { path: join(scratch, `ephemetry-${user}`, 'spool'), why: 'temporary' } as const;
  const state = absolute(env['XDG_STATE_HOME']);
  if (state !== undefined) return [{ path: inState(state), why: 'xdg-state-home' }, temporary];
  const home = absolute(env['HOME']);
  if (home === undefined) return [temporary];
  return [{ path: inState(join(home, '.local', 'state')), why: 'home' }, temporary];
}

/** The paths alone. */
export function pathsOf([best, ...others]: SpoolPlaces): readonly [string, ...string[]] {
  return [best.path, ...others.map(({ path }) => path)];
}

/**
 * The spool that a run of today would use, if it exists: for programs that read it. Where none is usable, the first that
 * exists, for the reason to be said; where none exists, where it would be. Creates nothing, never throws.
 *
 * @example
 * ```ts
 * import { locateSpool } from '@ephemetry/exporter/spool';
 *
 * const { path, why, exists } = locateSpool({ spoolDir: '/var/lib/deploy/spool' }, process.env);
 * console.log(`${path} (${why})${exists ? '' : ' is not there yet'}`);
 * ```
 */
export function locateSpool(
  options: SpoolPlaceOptions,
  env: NodeJS.ProcessEnv,
): SpoolPlace & { readonly exists: boolean } {
  const places = spoolPlaces(options, env);
  const found = findSpoolDirectory(pathsOf(places));
  const place = places.find(({ path }) => path === found);
  return place === undefined ? { ...places[0], exists: false } : { ...place, exists: true };
}

function inState(state: string): string {
  return join(state, 'ephemetry', 'spool');
}

/** An empty or relative path is as good as none, says the XDG specification; it would also depend on where a program is started. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
