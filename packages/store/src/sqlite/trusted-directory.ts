/** The directory of a database: nobody else can replace it, nor put files beside the database. */
import { lstatSync, statSync } from 'node:fs';
import { isShared, openTrustedPath } from './trusted-path.ts';

/** The directory, links resolved; or why it is not to be trusted. */
export type TrustedDirectory =
  | { readonly kind: 'trusted'; readonly path: string }
  | { readonly kind: 'untrusted'; readonly reason: string }
  /** Only when it is not to be made. */
  | { readonly kind: 'missing' };

/**
 * Finds an absolute directory.
 *
 * @param mayMake whether missing levels are made, for this user alone
 * @throws {Error} when a level cannot be looked at or made.
 */
export function openTrustedDirectory(path: string, mayMake: boolean): TrustedDirectory {
  if (!mayMake && statSync(path, { throwIfNoEntry: false }) === undefined) return { kind: 'missing' };
  const opened = openTrustedPath(path);
  if (opened.kind === 'untrusted') return { kind: 'untrusted', reason: `${opened.level} ${opened.detail}` };
  if (!isShared(lstatSync(opened.path))) return opened;
  const reason = `${opened.path} can be written to by other users, who could put files beside the database. Name a directory of your own`;
  return { kind: 'untrusted', reason };
}
