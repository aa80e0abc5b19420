/** A receiver that knows who it is in Gitea: what it keeps, holds against Alertmanager, and says itself. */
import type { AlertReceiverOptions } from './alert-receiver-options.ts';
import { describeGiteaFailure, type GiteaFailure, isPassing } from './gitea/gitea-failure.ts';
import type { IssueRepository } from './gitea/issue-repository.ts';
import { DeferredGroups } from './life/deferred-groups.ts';
import { IssueKeeper } from './life/issue-keeper.ts';
import { IssueWriter } from './life/issue-writer.ts';
import type { Kept } from './life/kept.ts';
import type { News } from './life/news.ts';
import { OwnIssues } from './life/own-issues.ts';
import { limitNews, watchdogNews } from './life/own-news.ts';
import { callHeartbeat } from './reconcile/heartbeat.ts';
import { askAll, type HeldAlerts } from './reconcile/held-alerts.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { Watchdog } from './reconcile/watchdog.ts';
import type { AlertRecorder } from './record/alert-recorder.ts';

/** Every so many rounds the whole list is read: what was deleted or moved shows in no other one. */
const WHOLE_LIST_ROUNDS = 10;
/** More than anybody looks at. */
const REFUSED_LIMIT = 1_000;

export class Desk {
  readonly #options: AlertReceiverOptions;
  readonly #issues: OwnIssues;
  readonly #deferred: DeferredGroups;
  readonly #keeper: IssueKeeper;
  readonly #reconciler: Reconciler;
  readonly #watchdog: Watchdog;
  /** What is wrong, by what it is wrong with. */
  readonly #problems = new Map<string, string>();
  /** Of groups whose news Gitea refuses: why, and when they were told last. */
  readonly #refused = new Map<string, { readonly problem: string; readonly toldMs: number }>();
  #rounds = 0;

  constructor(options: AlertReceiverOptions, repository: IssueRepository, recorder: AlertRecorder) {
    const { source, reopenWithinMs, issuesPerHour, graceMs, onDryRun } = options;
    this.#options = options;
    this.#issues = new OwnIssues({ repository, reopenWithinMs });
    this.#deferred = new DeferredGroups(graceMs);
    const shared = { repository, issues: this.#issues, onAction: recorder.issue };
    const writer = new IssueWriter({ ...shared, onDryRun });
    this.#keeper = new IssueKeeper({ ...shared, writer, deferred: this.#deferred, issuesPerHour });
    this.#reconciler = new Reconciler({
      issues: this.#issues,
      keeper: this.#keeper,
      writer,
      source,
      graceMs,
      onReconciled: recorder.reconciled,
      nowMs: () => performance.now(),
    });
    this.#watchdog = new Watchdog(graceMs);
  }

  /** Undefined until Gitea was asked. */
  openIssues(): number | undefined {
    if (!this.#issues.isRead) return undefined;
    return this.#issues.all().filter(({ isOpen }) => isOpen).length;
  }

  problem(): string | undefined {
    const problems = [...this.#problems.values()];
    return problems.length === 0 ? undefined : problems.join('; ');
  }

  async keep(news: News): Promise<Kept> {
    const kept = await this.#keeper.keep(news);
    if (kept.kind === 'limited') await this.#sayLimit();
    this.#noteKept(news, kept);
    return kept;
  }

  async tend(): Promise<void> {
    const isWhole = this.#rounds % WHOLE_LIST_ROUNDS === 0;
    this.#rounds += 1;
    const failure = await (isWhole ? this.#issues.refreshAll() : this.#issues.refresh());
    this.#noteGitea(failure);
    if (failure === undefined) {
      await this.#reconciler.settleIssues();
      await this.#sayLimit();
    }
    await this.#holdAgainstAlertmanager(failure === undefined);
    this.#noteRefused();
    if (this.#problems.size === 0) await this.#callHeartbeat();
  }

  async #holdAgainstAlertmanager(isGiteaThere: boolean): Promise<void> {
    const { alertmanagers = [], graceMs } = this.#options;
    if (alertmanagers.length === 0) return;
    const held = await askAll(alertmanagers, graceMs / 2);
    this.#note('alertmanager', held.problems.length === 0 ? undefined : held.problems.join('; '));
    if (isGiteaThere) await this.#reconciler.endGone(held);
    await this.#lookAtWatchdog(held);
  }

  async #lookAtWatchdog(held: HeldAlerts): Promise<void> {
    const { watchdog, source } = this.#options;
    if (watchdog === undefined) return;
    const state = this.#watchdog.look(held.alerts.some(({ labels }) => labels['alertname'] === watchdog));
    const lost = held.isAnswered
      ? `the alert ${watchdog}, which always fires, does not reach Alertmanager: nobody would be told of any alert`
      : `Alertmanager does not answer: ${held.problems.join('; ')}`;
    this.#note('watchdog', state === 'well' ? undefined : lost);
    if (state === 'lost') await this.#saidItself(watchdogNews(source, lost));
    if (state === 'well') await this.#saidItself(watchdogNews(source, undefined));
  }

  /** In the issue that counts those that wait. */
  async #sayLimit(): Promise<void> {
    const { source, issuesPerHour } = this.#options;
    await this.#saidItself(limitNews(source, issuesPerHour, this.#deferred.waiting()));
  }

  async #saidItself(news: News): Promise<void> {
    const isOver = news.firing.length === 0;
    const { open, closed } = this.#issues.of(news.key);
    // Where nothing fires, there is nothing to ask Gitea for. One that a person closed has to be told of the end as well: until
    // then it stays closed, whatever fires.
    if (isOver && open.length === 0 && closed?.record.state !== 'firing') return;
    this.#noteKept(news, await this.#keeper.keep(news));
  }

  async #callHeartbeat(): Promise<void> {
    const { heartbeatUrl } = this.#options;
    if (heartbeatUrl === undefined) return;
    const problem = await callHeartbeat(heartbeatUrl);
    // It is nothing of ours that is not well: the next call tries again.
    if (problem !== undefined) this.#options.onProblem(problem);
  }

  /** That Gitea can be read does not mean that it lets an issue be written: what it refused stays until it does not. */
  #noteKept({ key }: News, kept: Kept): void {
    const failure = kept.kind === 'failed' ? kept.failure : undefined;
    if (failure === undefined || isPassing(failure)) this.#noteGitea(failure);
    if (failure === undefined) this.#refused.delete(key);
    else if (!isPassing(failure) && this.#refused.size < REFUSED_LIMIT) {
      this.#refused.set(key, { problem: describeGiteaFailure(failure), toldMs: performance.now() });
    }
    this.#noteRefused();
  }

  /** What is not told again is nothing that waits. */
  #noteRefused(): void {
    const oldestMs = performance.now() - this.#options.graceMs;
    for (const [key, { toldMs }] of this.#refused) if (toldMs < oldestMs) this.#refused.delete(key);
    const [refused] = this.#refused.values();
    this.#note('filing', refused?.problem);
  }

  #noteGitea(failure: GiteaFailure | undefined): void {
    this.#note('gitea', failure === undefined ? undefined : describeGiteaFailure(failure));
  }

  /** What is as before is not said again. */
  #note(what: string, problem: string | undefined): void {
    const before = this.#problems.get(what);
    if (problem === undefined) this.#problems.delete(what);
    else this.#problems.set(what, problem);
    if (problem === before) return;
    this.#options.onProblem(problem ?? `${NAMES[what] ?? what} is well again`);
  }
}

const NAMES: Readonly<Record<string, string>> = {
  gitea: 'Gitea',
  filing: 'the filing of issues',
  alertmanager: 'Alertmanager',
  watchdog: 'the watchdog',
};
