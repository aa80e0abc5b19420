/**
 * Holds the issues against what Alertmanager and Gitea say now. Notifications are edges, and edges get lost: of a group that was
 * resolved while the receiver was away nothing comes any more, nor from an Alertmanager that was killed.
 */
import { goneComment } from '../issue/issue-words.ts';
import type { IssueKeeper, Kept } from '../life/issue-keeper.ts';
import type { KnownIssue, OwnIssues } from '../life/own-issues.ts';
import { type HeldAlerts, HeldIndex } from './held-alerts.ts';

/** What was found wrong with an issue, as the contract's label has it. */
export type ReconcileReason = 'gone' | 'closed_by_person' | 'dependencies' | 'twin';

/** Options of {@link Reconciler}. */
export interface ReconcilerOptions {
  readonly issues: OwnIssues;
  readonly keeper: IssueKeeper;
  /** For how long an alert must be gone. */
  readonly graceMs: number;
  readonly onReconciled: (reason: ReconcileReason) => void;
  readonly nowMs: () => number;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Since when the alerts of an issue are gone. */
  readonly #goneSince = new Map<number, number>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** What Gitea's list alone shows: twins, and issues that waited for others. */
  async settleIssues(): Promise<void> {
    const { issues, keeper, onReconciled } = this.#options;
    const all = issues.all();
    for (const key of new Set(all.map(({ record }) => record.key))) {
      if (issues.of(key).open.length < 2) continue;
      const kept = await keeper.settleTwins(key);
      if (kept.kind === 'kept') onReconciled('twin');
    }
    for (const known of all) {
      if (!known.isOpen || known.record.isCloseRefused !== true) continue;
      await keeper.withIssue(known, (read) => keeper.closeAfterDependencies(read));
      if (!issues.of(known.record.key).open.some(({ number }) => number === known.number)) {
        onReconciled('dependencies');
      }
    }
  }

  /** Ends issues whose alerts are gone. */
  async endGone(held: HeldAlerts): Promise<void> {
    // What nobody can tell for a while was not gone for that while.
    if (!held.isAnswered) this.#goneSince.clear();
    if (!held.isAnswered) return;
    const index = new HeldIndex(held.alerts);
    const nowMs = this.#options.nowMs();
    const gone = this.#options.issues
      .all()
      .filter(
        ({ record }) => record.state === 'firing' && record.own === undefined && !index.isFiring(record),
      );
    const numbers = new Set(gone.map(({ number }) => number));
    for (const number of this.#goneSince.keys()) if (!numbers.has(number)) this.#goneSince.delete(number);
    for (const known of gone) {
      const sinceMs = this.#goneSince.get(known.number) ?? nowMs;
      this.#goneSince.set(known.number, sinceMs);
      const goneMs = nowMs - sinceMs;
      if (held.isBelieved && goneMs >= this.#options.graceMs) await this.#end(known, goneMs);
    }
  }

  async #end(known: KnownIssue, goneMs: number): Promise<void> {
    const { issues, keeper, onReconciled } = this.#options;
    const kept: Kept = await keeper.withIssue(known, async (read) => {
      // A notification came in between.
      if (read.record.state !== 'firing' || read.record.setDigest !== known.record.setDigest) {
        return { kind: 'kept' };
      }
      const untilMs = Math.max(read.record.sinceMs, issues.nowMs() - goneMs);
      const ended = await keeper.end(read, goneComment(goneMs), untilMs);
      if (ended.kind === 'kept') onReconciled(read.issue.isOpen ? 'gone' : 'closed_by_person');
      return ended;
    });
    if (kept.kind === 'kept') this.#goneSince.delete(known.number);
  }
}
