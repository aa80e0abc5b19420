/**
 * Holds the issues against what Alertmanager and Gitea say now. Notifications are edges, and edges get lost: of a group that was
 * resolved while the receiver was away nothing comes any more, nor from an Alertmanager that was killed.
 */
import type { ALERTS_LABELS, UNKNOWN } from '@ephemetry/contract';
import { goneComment } from '../issue/issue-words.ts';
import type { IssueKeeper } from '../life/issue-keeper.ts';
import type { IssueWriter } from '../life/issue-writer.ts';
import { failed, KEPT, type Kept } from '../life/kept.ts';
import type { KnownIssue, OwnIssues } from '../life/own-issues.ts';
import { type HeldAlerts, HeldIndex } from './held-alerts.ts';

/** What was found wrong with an issue, as the contract's label has it. */
export type ReconcileReason = Exclude<(typeof ALERTS_LABELS.reason.values)[number], typeof UNKNOWN>;

/** Options of {@link Reconciler}. */
export interface ReconcilerOptions {
  readonly issues: Pick<OwnIssues, 'all' | 'of' | 'nowMs'>;
  readonly keeper: Pick<IssueKeeper, 'settleTwins' | 'withIssue'>;
  readonly writer: Pick<IssueWriter, 'isByPerson' | 'closeResolved' | 'end'>;
  /** Whose alerts are held against: the issues of another source are not its to end. */
  readonly source: string;
  /** For how long an alert must be gone. */
  readonly graceMs: number;
  readonly onReconciled: (reason: ReconcileReason) => void;
  readonly nowMs: () => number;
}

/** A list of alerts is believed for so long: what is not in an older one may fire again. The next round asks anew. */
const BELIEVED_MS = 30_000;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Since when the alerts of an issue are gone. */
  readonly #goneSince = new Map<number, number>();
  /** What a person wants open, by when it was written. */
  readonly #leftOpen = new Map<number, number>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** What Gitea's list alone shows: twins, and issues that say that nothing fires, and are open. */
  async settleIssues(): Promise<void> {
    const { issues, keeper, writer, onReconciled } = this.#options;
    for (const key of new Set(issues.all().map(({ record }) => record.key))) {
      const firing = issues.of(key).open.filter(({ record }) => record.state === 'firing');
      if (firing.length < 2) continue;
      const kept = await keeper.settleTwins(key);
      if (kept.kind === 'kept') onReconciled('twin');
    }
    const over = issues.all().filter(({ isOpen, record }) => isOpen && record.state === 'resolved');
    for (const known of over) {
      // Asked once for each time that it is written.
      if (this.#leftOpen.get(known.number) === known.record.writtenMs) continue;
      const kept = await keeper.withIssue(known, async (read) => {
        const isByPerson = await writer.isByPerson(read);
        if (typeof isByPerson !== 'boolean') return failed(isByPerson);
        if (!isByPerson) return writer.closeResolved(read);
        this.#leftOpen.set(known.number, known.record.writtenMs);
        return KEPT;
      });
      const isClosed = !issues.of(known.record.key).open.some(({ number }) => number === known.number);
      if (kept.kind === 'kept' && isClosed) onReconciled('dependencies');
    }
  }

  /** Ends issues whose alerts are gone. */
  async endGone(held: HeldAlerts): Promise<void> {
    // What nobody can tell for a while was not gone for that while.
    if (!held.isAnswered) this.#goneSince.clear();
    if (!held.isAnswered) return;
    const index = new HeldIndex(held.alerts);
    const { issues, source, nowMs: now } = this.#options;
    const nowMs = now();
    const gone = issues
      .all()
      .filter(({ record }) => record.state === 'firing' && record.own === undefined)
      .filter(({ record }) => record.source === source && !index.isFiring(record));
    const numbers = new Set(gone.map(({ number }) => number));
    for (const number of this.#goneSince.keys()) if (!numbers.has(number)) this.#goneSince.delete(number);
    for (const number of numbers) this.#goneSince.set(number, this.#goneSince.get(number) ?? nowMs);
    if (!held.isBelieved) return;
    for (const known of gone) {
      const goneMs = nowMs - (this.#goneSince.get(known.number) ?? nowMs);
      if (now() - nowMs > BELIEVED_MS) return;
      if (goneMs >= this.#options.graceMs) await this.#end(known, goneMs);
    }
  }

  async #end(known: KnownIssue, goneMs: number): Promise<void> {
    const { issues, keeper, writer, onReconciled } = this.#options;
    const kept: Kept = await keeper.withIssue(known, async (read) => {
      // A notification came in between.
      if (read.record.state !== 'firing' || read.record.setDigest !== known.record.setDigest) return KEPT;
      const untilMs = Math.max(read.record.sinceMs, issues.nowMs() - goneMs);
      const ended = await writer.end(read, goneComment(goneMs), untilMs);
      if (ended.kind === 'kept') onReconciled(read.issue.isOpen ? 'gone' : 'closed_by_person');
      return ended;
    });
    if (kept.kind === 'kept') this.#goneSince.delete(known.number);
  }
}
