/** Why a database cannot be used, as data: each kind is mended by somebody else, or in another way. */

/** A database that was not opened. `message` says what was given, what is wrong, and what to do. */
export type Refusal =
  | Because<'invalid-place'>
  /** There is no database, and the caller did not want one to be made. */
  | Because<'missing'>
  /** This Node has no `node:sqlite`. */
  | Because<'unsupported'>
  /** The driver is not installed. */
  | (Because<'missing-package'> & { readonly packageName: string })
  /** Somebody else could replace the file, or it is a link, a pipe or a device. */
  | Because<'unsafe-path'>
  /** Something else is there, or what was a database is damaged. */
  | Because<'not-a-database'>
  /** A program of a later version made the tables. */
  | (Because<'newer-schema'> & { readonly found: number; readonly known: number })
  /** The tables are not those of this program. */
  | Because<'other-schema'>
  /** Somebody else writes, or has the directory, for longer than the caller wants to wait. */
  | Because<'busy'>
  /** Nobody answers, or not in time. */
  | Because<'unreachable'>
  /** The user, the password, the database or a right is refused. */
  | Because<'not-allowed'>
  /** The disk is full or read-only, or the file system refuses. */
  | Because<'storage'>;

interface Because<Kind extends string> {
  readonly kind: Kind;
  readonly message: string;
}

/** A refusal on its way out of a transaction, which it undoes. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}
