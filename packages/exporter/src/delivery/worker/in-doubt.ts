/**
 * What becomes of a batch that an earlier attempt sent whole and that was never answered. The mark in the file's name says
 * so, and since when:
 *
 *     sent, no answer ─▶ marked ── resend: sent again within the window of the endpoint, at any age where none is known
 *                               ── keep, or older than the window: set aside, until `drain --in-doubt` or the age limit
 *                               ── drop: given up and counted as abandoned
 */
import type { InDoubt } from '../../exporter-options.ts';
import type { SpoolFile } from '../../spool/spool-files.ts';

/** What decides. */
export interface InDoubtTerms {
  readonly inDoubt: InDoubt;
  /** For how long the endpoint knows a batch again; `undefined` when it never said. */
  readonly windowSeconds: () => number | undefined;
}

/** A batch that comes again is sent, as ever: for those who have no terms. */
export const RESEND_ALL: InDoubtTerms = { inDoubt: 'resend', windowSeconds: () => undefined };

/** What to do with the next line of a file. What is not in doubt is sent. */
export function decideInDoubt(
  { sentUnixSeconds }: Pick<SpoolFile, 'sentUnixSeconds'>,
  { inDoubt, windowSeconds }: InDoubtTerms,
  nowUnixMs: number,
): 'send' | 'keep' | 'drop' {
  if (sentUnixSeconds === undefined) return 'send';
  if (inDoubt !== 'resend') return inDoubt;
  const window = windowSeconds();
  // A clock that was set back makes no batch younger than it is now.
  const ageSeconds = Math.max(0, nowUnixMs / 1000 - sentUnixSeconds);
  return window === undefined || ageSeconds <= window ? 'send' : 'keep';
}
