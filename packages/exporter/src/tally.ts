/** What becomes of batches: the one account that verdict, delivery, drain and ledger share, and metrics are made of. */

/** So many batches met each fate; a batch is in exactly one of the counts. */
export interface Tally {
  /** Taken by a Collector: a 2xx answer that speaks OTLP. */
  readonly delivered: number;
  /** Safe on disk; a later run, `ephemetry drain` or a sidecar delivers it. With `spool-only` also what the spool's limits removed since: the sidecar may have had it. */
  readonly spooled: number;
  /**
   * On disk, sent whole, and not answered: it may have arrived. `EPHEMETRY_IN_DOUBT` says what becomes of it. With a
   * receiver that knows batches again it counts once however often it is sent.
   */
  readonly inDoubt: number;
  /** Refused by the Collector (400, 413, 422 in OTLP); kept in the spool's `rejected/` folder with the reason, for `drain({ rejected: true })`. */
  readonly rejected: number;
  /** Removed by the limits of the spool. */
  readonly expired: number;
  /** Taken neither by the Collector nor by the disk. */
  readonly unsent: number;
  /** Half-written by a process that died, and passed over. */
  readonly unreadable: number;
  /** In doubt and given up, because `EPHEMETRY_IN_DOUBT` says so, or its spool was removed; it may have arrived. */
  readonly abandoned: number;
}

/** What can become of a batch. */
export type BatchFate = keyof Tally;

/** A tally of nothing. */
export const EMPTY_TALLY: Tally = {
  delivered: 0,
  spooled: 0,
  inDoubt: 0,
  rejected: 0,
  expired: 0,
  unsent: 0,
  unreadable: 0,
  abandoned: 0,
};

/** Both together. */
export function addTally(a: Tally, b: Partial<Tally>): Tally {
  return combine(a, b, 1);
}

/** What `a` has beyond `b`. */
export function subtractTally(a: Tally, b: Partial<Tally>): Tally {
  return combine(a, b, -1);
}

/** Batches that no spool has and no Collector took. */
export function countLost({ expired, unsent, unreadable, abandoned }: Tally): number {
  return expired + unsent + unreadable + abandoned;
}

/** Batches that need nothing more from anybody. */
export function countSettled(tally: Tally): number {
  return tally.delivered + tally.rejected + countLost(tally);
}

function combine(a: Tally, b: Partial<Tally>, sign: 1 | -1): Tally {
  const of = (fate: BatchFate): number => a[fate] + sign * (b[fate] ?? 0);
  return {
    delivered: of('delivered'),
    spooled: of('spooled'),
    inDoubt: of('inDoubt'),
    rejected: of('rejected'),
    expired: of('expired'),
    unsent: of('unsent'),
    unreadable: of('unreadable'),
    abandoned: of('abandoned'),
  };
}
