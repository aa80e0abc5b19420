/**
 * Names that flags give to a label without a configuration file, such as `--suite`. The spool remembers so many of them,
 * because each is a series in every backend for as long as anybody looks.
 *
 *     new name ─▶ file of our own, whole ─link─▶ slot 0, 1, 2, ...    fails where the slot is taken
 *
 * A slot is taken once and never changes. So of two processes that begin at once with one name the second finds the first
 * one's slot, and with two names each gets a slot of its own; nothing is locked, and a process that is killed leaves at most a
 * file without a slot.
 */
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describeFailure } from '@ephemetry/exporter';
import { locateSpool, openSafely, openSpoolDirectory, readSafely } from '@ephemetry/exporter/spool';

/** So many names of one label. */
export const REMEMBERED_LIMIT = 64;

/** What became of a name. */
export type RememberedName =
  /** It is the value of the label. */
  | { readonly kind: 'remembered' }
  /** The label is `unknown`; the message says why, and where names are declared. */
  | { readonly kind: 'unknown'; readonly message: string };

/** A name's file: what is larger was written by nobody of ours. */
const NAME_LIMIT_BYTES = 256;
/** A file without a slot that is older was left by a process that is dead. */
const LEFT_BEHIND_MS = 3_600_000;

/**
 * Remembers the name, or knows it already.
 *
 * @param label the label that the flag gives it to, which has names of its own
 * @param name a value that the label may have: it was checked when the flag was read
 * @param directory @default {@link namesDirectory} of this process
 */
export function rememberName(
  label: string,
  name: string,
  directory: string = namesDirectory(process.env),
): RememberedName {
  return decided(label, name, directory, (place) => {
    const spool = openSpoolDirectory([dirname(directory)]);
    if (spool.kind === 'unusable') throw new Error(describeFailure(spool.failure));
    mkdirSync(place, { recursive: true, mode: 0o700 });
    return takeSlot(place, name);
  });
}

/** What {@link rememberName} would say now; remembers nothing. */
export function foreseeName(label: string, name: string, directory: string): RememberedName {
  return decided(label, name, directory, (place) => hasSlot(place, name));
}

/**
 * In the spool, whose programs share their names, and which is of this user alone at every level of its path.
 *
 * @param spoolDir names the spool instead of the environment. @default undefined
 */
export function namesDirectory(env: NodeJS.ProcessEnv, spoolDir?: string): string {
  return join(locateSpool({ spoolDir }, env).path, 'names');
}

function decided(
  label: string,
  name: string,
  directory: string,
  isAllowed: (place: string) => boolean,
): RememberedName {
  const place = join(directory, label);
  try {
    return isAllowed(place)
      ? { kind: 'remembered' }
      : refused(label, name, `${REMEMBERED_LIMIT} names are remembered in ${place}`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refused(label, name, `${place} cannot be used (${error.message})`);
  }
}

function refused(label: string, name: string, why: string): RememberedName {
  const message = `${label} ${JSON.stringify(name)} is recorded as unknown: ${why}; declare it in ephemetry.yaml`;
  return { kind: 'unknown', message };
}

function takeSlot(place: string, name: string): boolean {
  let own: string | undefined;
  try {
    for (let slot = 0; slot < REMEMBERED_LIMIT; slot += 1) {
      const path = join(place, String(slot));
      const there = readSlot(path);
      if (there === name) return true;
      if (there !== undefined) continue;
      own ??= writeOwn(place, name);
      // Somebody may have been as fast, with the same name or another.
      if (isLinked(own, path) || readSlot(path) === name) return true;
    }
    return false;
  } finally {
    if (own !== undefined) rmSync(own, { force: true });
  }
}

/** Slots are taken in order: behind a free one there is none. */
function hasSlot(place: string, name: string): boolean {
  for (let slot = 0; slot < REMEMBERED_LIMIT; slot += 1) {
    const there = readSlot(join(place, String(slot)));
    if (there === name || there === undefined) return true;
  }
  return false;
}

/** The name in a slot; undefined where it is free. */
function readSlot(path: string): string | undefined {
  try {
    return readSafely(path, NAME_LIMIT_BYTES).toString();
  } catch (error) {
    if (isFault(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isLinked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (isFault(error, 'EEXIST')) return false;
    throw error;
  }
}

function writeOwn(place: string, name: string): string {
  removeLeftBehind(place);
  const path = join(place, `.${process.getBuiltinModule('node:crypto').randomUUID()}`);
  const file = openSafely(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
  try {
    writeSync(file, name);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return path;
}

function removeLeftBehind(place: string): void {
  for (const name of readdirSync(place)) {
    if (!name.startsWith('.')) continue;
    const path = join(place, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > LEFT_BEHIND_MS) rmSync(path, { force: true });
  }
}

function isFault(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
