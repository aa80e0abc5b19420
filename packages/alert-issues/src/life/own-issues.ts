/**
 * The issues that were filed for alerts, as Gitea lists them. It is no memory: it is read whole at the start, then only what
 * changed since, and what it says of an issue is looked at again before anything is done with it.
 */
import type { GiteaFailure } from '../gitea/gitea-failure.ts';
import type { Issue, IssueRepository } from '../gitea/issue-repository.ts';
import { findRecord, type IssueRecord } from '../issue/record.ts';

/** One of them, without its text. */
export interface KnownIssue {
  readonly number: number;
  readonly isOpen: boolean;
  readonly createdMs: number;
  readonly closedMs: number | undefined;
  readonly record: IssueRecord;
}

/** Of one key: those that are open, the oldest that fires first, and that which was closed last. */
export interface IssuesOfKey {
  readonly open: readonly KnownIssue[];
  readonly closed: KnownIssue | undefined;
}

/** Options of {@link OwnIssues}. */
export interface OwnIssuesOptions {
  readonly repository: IssueRepository;
  /** What was closed longer ago is not opened again. */
  readonly reopenWithinMs: number;
}

/** Times are whole seconds, and a server may have several clocks. */
const OVERLAP_MS = 10_000;
/** What was opened within an hour counts for the limit, however short closed ones are remembered. */
const HOUR_MS = 3_600_000;

export class OwnIssues {
  readonly #repository: IssueRepository;
  readonly #reopenWithinMs: number;
  readonly #byKey = new Map<string, Map<number, KnownIssue>>();
  readonly #keyOf = new Map<number, string>();
  /** Gitea's clock when the last list began, and by our own clock when that was. */
  #clock: { readonly giteaMs: number; readonly atMs: number } | undefined;
  #isRead = false;
  #running: Promise<GiteaFailure | undefined> | undefined;
  #next: Promise<GiteaFailure | undefined> | undefined;

  constructor({ repository, reopenWithinMs }: OwnIssuesOptions) {
    this.#repository = repository;
    this.#reopenWithinMs = reopenWithinMs;
  }

  /** Whether it was read yet. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Gitea's clock. */
  nowMs(): number {
    if (this.#clock === undefined) return Date.now();
    return Math.round(this.#clock.giteaMs + (performance.now() - this.#clock.atMs));
  }

  /**
   * Asks Gitea what changed, by a list that begins after this was called: one for all who wait.
   *
   * @returns why it could not
   */
  refresh(): Promise<GiteaFailure | undefined> {
    if (this.#running === undefined) {
      this.#running = this.#list(this.#clock).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  /** Reads the whole list: also what was deleted or moved is known then. */
  async refreshAll(): Promise<GiteaFailure | undefined> {
    await this.#running;
    const before = new Set(this.#keyOf.keys());
    const listed = new Set<number>();
    const failure = await this.#list(undefined, (number) => listed.add(number));
    if (failure !== undefined) return failure;
    for (const number of before) if (!listed.has(number)) this.forget(number);
    return undefined;
  }

  async #list(
    last: { readonly giteaMs: number } | undefined,
    onIssue: (number: number) => void = () => {},
  ): Promise<GiteaFailure | undefined> {
    const atMs = performance.now();
    const closedSinceMs = this.nowMs() - Math.max(this.#reopenWithinMs, HOUR_MS) - OVERLAP_MS;
    const lists =
      last === undefined
        ? [
            await this.#repository.list({ state: 'open' }),
            await this.#repository.list({ state: 'closed', sinceMs: closedSinceMs }),
          ]
        : [await this.#repository.list({ state: 'all', sinceMs: last.giteaMs - OVERLAP_MS })];
    for (const list of lists) if (list.kind !== 'list') return list;
    for (const list of lists) {
      if (list.kind !== 'list') continue;
      for (const issue of list.entries) {
        this.note(issue);
        onIssue(issue.number);
      }
    }
    const [first] = lists;
    const giteaMs = first?.kind === 'list' ? first.nowMs : undefined;
    // Without a clock of Gitea's everything is listed each time.
    this.#clock = giteaMs === undefined ? undefined : { giteaMs, atMs };
    this.#isRead = true;
    this.#forgetOld();
    return undefined;
  }

  /** Takes what Gitea said of an issue. */
  note(issue: Issue): void {
    const { number, isOpen, createdMs, closedMs, body } = issue;
    const found = findRecord(body);
    const before = this.#keyOf.get(number);
    if (before !== undefined && before !== found?.record.key) this.forget(number);
    if (found === undefined) return;
    const own = { number, isOpen, createdMs, closedMs, record: found.record };
    const { key } = found.record;
    const ofKey = this.#byKey.get(key) ?? new Map<number, KnownIssue>();
    ofKey.set(number, own);
    this.#byKey.set(key, ofKey);
    this.#keyOf.set(number, key);
  }

  /** An issue that is not there any more. */
  forget(number: number): void {
    const key = this.#keyOf.get(number);
    if (key === undefined) return;
    this.#keyOf.delete(number);
    const ofKey = this.#byKey.get(key);
    ofKey?.delete(number);
    if (ofKey?.size === 0) this.#byKey.delete(key);
  }

  /** What is known of a key. */
  of(key: string): IssuesOfKey {
    const all = [...(this.#byKey.get(key)?.values() ?? [])];
    const [closed] = all
      .filter(
        ({ isOpen, closedMs, record }) => !isOpen && record.twinOf === undefined && this.#isRecent(closedMs),
      )
      .sort((a, b) => (b.closedMs ?? 0) - (a.closedMs ?? 0));
    // One of whom nothing fires is open because a person wants it so.
    const rank = ({ record }: KnownIssue): number => (record.state === 'firing' ? 0 : 1);
    const open = all.filter(({ isOpen }) => isOpen).sort((a, b) => rank(a) - rank(b) || a.number - b.number);
    return { open, closed };
  }

  /** All of them, in no order. */
  all(): readonly KnownIssue[] {
    return [...this.#byKey.values()].flatMap((ofKey) => [...ofKey.values()]);
  }

  /** How many were opened within the last hour. */
  openedWithinHour(): number {
    const since = this.nowMs() - HOUR_MS;
    return this.all().filter(({ createdMs, record }) => createdMs > since && record.own === undefined).length;
  }

  #isRecent(closedMs: number | undefined): boolean {
    return closedMs !== undefined && closedMs > this.nowMs() - this.#reopenWithinMs;
  }

  #forgetOld(): void {
    const oldestMs = this.nowMs() - Math.max(this.#reopenWithinMs, HOUR_MS) - OVERLAP_MS;
    for (const { number, isOpen, closedMs } of this.all()) {
      if (!isOpen && (closedMs ?? 0) < oldestMs) this.forget(number);
    }
  }
}
