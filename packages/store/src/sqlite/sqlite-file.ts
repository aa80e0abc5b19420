/** The file of an SQLite database: of this user alone, in a directory that nobody else can write to. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Refusal } from '../refusal.ts';
import { openTrustedDirectory } from './trusted-directory.ts';
import { isShared } from './trusted-path.ts';

/** A file to open; its path has no links. */
export type SqliteFile = { readonly kind: 'file'; readonly path: string } | Refusal;

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;

/**
 * Looks whether a file may be opened, and makes an empty one where there is none: SQLite would make it for everybody to
 * read, follow a link, and wait for whoever writes into a pipe.
 */
export function prepareSqliteFile(file: string, mayCreate: boolean): SqliteFile {
  try {
    const directory = openTrustedDirectory(dirname(file), mayCreate);
    if (directory.kind === 'missing') return missing(file);
    if (directory.kind === 'untrusted') return unsafe(`${file} is not safe to use: ${directory.reason}.`);
    const path = join(directory.path, basename(file));
    const descriptor = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | (mayCreate ? O_CREAT : 0), 0o600);
    try {
      const fault = faultOf(descriptor);
      return fault === undefined ? { kind: 'file', path } : unsafe(`${path} ${fault}. Name another file.`);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return ofFileSystem(file, error);
  }
}

function faultOf(descriptor: number): string | undefined {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) return 'is not a regular file';
  const user = process.geteuid?.();
  if (user !== undefined && stat.uid !== user) return `belongs to user ${stat.uid}`;
  if (isShared(stat)) return 'can be written to by other users (run chmod go-w on it)';
  return stat.nlink > 1 ? `has ${stat.nlink} names (hard links)` : undefined;
}

function ofFileSystem(file: string, error: unknown): Refusal {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  if (error.code === 'ENOENT') return missing(file);
  if (error.code === 'ELOOP') return unsafe(`${file} is a symbolic link. Name the file itself.`);
  if (error.code === 'EISDIR')
    return { kind: 'not-a-database', message: `${file} is a directory, not a file.` };
  if (error.code === 'ENXIO') return unsafe(`${file} is not a regular file. Name another file.`);
  return { kind: 'storage', message: `${file} cannot be opened: ${error.message}` };
}

function missing(file: string): Refusal {
  return { kind: 'missing', message: `there is no database at ${file}` };
}

function unsafe(message: string): Refusal {
  return { kind: 'unsafe-path', message };
}
