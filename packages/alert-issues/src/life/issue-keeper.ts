/**
 * Keeps one issue for each group of alerts. What is true is in Gitea: each step reads the issue, decides, writes, and can be
 * cut off anywhere, as the next one reads it again.
 *
 *     news ─▶ the issue of its key, read anew ─▶ decide ─▶ comment, state, text ─▶ twins closed
 */
import type { GiteaFailure } from '../gitea/gitea-failure.ts';
import { firingBlock, resolvedComment, titleOf } from '../issue/issue-words.ts';
import { type Decision, decide } from './decide.ts';
import type { DeferredGroups } from './deferred-groups.ts';
import type { IssueWriter, IssueWriterOptions, ReadIssue } from './issue-writer.ts';
import { failed, KEPT, type Kept } from './kept.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { firingRecord, firstStartOf, lastEndOf, type News } from './news.ts';
import type { KnownIssue } from './own-issues.ts';

/** Options of {@link IssueKeeper}. */
export interface IssueKeeperOptions extends Pick<IssueWriterOptions, 'repository' | 'issues' | 'onAction'> {
  readonly writer: IssueWriter;
  readonly deferred: DeferredGroups;
  /** 0 for no limit. */
  readonly issuesPerHour: number;
}

/** So many groups at a time: more would only wait in Gitea. */
const CONCURRENCY = 8;
/** Each time round somebody else was faster. */
const LOOK_LIMIT = 4;

/** What is to be done with an issue that is there. */
type Change = Exclude<Decision, { readonly kind: 'nothing' | 'open' }>;

export class IssueKeeper {
  readonly #options: IssueKeeperOptions;
  readonly #queue = new KeyedQueue(CONCURRENCY);
  readonly #writer: IssueWriter;
  #opening = 0;

  constructor(options: IssueKeeperOptions) {
    this.#options = options;
    this.#writer = options.writer;
  }

  /** Does what news mean, after all that was told of their group before. */
  keep(news: News): Promise<Kept> {
    return this.#queue.run(news.key, () => this.#keep(news));
  }

  /** Does something with an issue while nothing else is done with its group. */
  withIssue(known: KnownIssue, work: (read: ReadIssue) => Promise<Kept>): Promise<Kept> {
    return this.#queue.run(known.record.key, async () => {
      const read = await this.#writer.read(known.number);
      if ('kind' in read) return failed(read);
      return read.found === undefined ? KEPT : work(read.found);
    });
  }

  /** Closes all issues of a key but the oldest one that is open, by a new list. */
  settleTwins(key: string): Promise<Kept> {
    return this.#queue.run(key, async () => {
      const failure = await this.#options.issues.refresh();
      return failure === undefined ? this.#closeTwins(key) : failed(failure);
    });
  }

  async #keep(news: News): Promise<Kept> {
    for (let look = 0; look < LOOK_LIMIT; look += 1) {
      const found = await this.#find(news.key);
      if ('kind' in found) return failed(found);
      const kept = await this.#decided(news, found.read);
      if (kept.kind !== 'overtaken') return kept;
    }
    return failed({ kind: 'busy', status: 409, detail: 'others changed the issue each time' });
  }

  /** The issue of a key, read anew. That there is none, or only a closed one, is believed of a new list only. */
  async #find(key: string): Promise<{ readonly read: ReadIssue | undefined } | GiteaFailure> {
    const { issues } = this.#options;
    for (let look = 0; look < LOOK_LIMIT; look += 1) {
      if (look > 0 || issues.of(key).open.length !== 1) {
        const failure = await issues.refresh();
        if (failure !== undefined) return failure;
      }
      const { open, closed } = issues.of(key);
      const known = open[0] ?? closed;
      if (known === undefined) return { read: undefined };
      const read = await this.#writer.read(known.number);
      if ('kind' in read) return read;
      if (read.found?.issue.isOpen === known.isOpen) return { read: read.found };
      // What was known is not so any more.
    }
    return { kind: 'busy', status: 409, detail: 'the issue changed each time it was looked at' };
  }

  async #decided(news: News, read: ReadIssue | undefined): Promise<Kept> {
    const decision = await this.#decide(news, read);
    if (typeof decision === 'object' && 'failure' in decision) return failed(decision.failure);
    if (decision.kind === 'open') return this.#open(news);
    this.#options.deferred.remove(news.key);
    if (read === undefined || decision.kind === 'nothing') return KEPT;
    const kept = await this.#change(news, read, decision);
    return kept.kind === 'kept' ? this.#closeTwins(news.key) : kept;
  }

  async #decide(
    news: News,
    read: ReadIssue | undefined,
  ): Promise<Decision | { readonly failure: GiteaFailure }> {
    if (read === undefined) return decide(news, undefined);
    const { issue, record } = read;
    // What is as it should be need not be asked for.
    const isOdd = issue.isOpen !== (record.state === 'firing');
    const isByPerson = isOdd ? await this.#writer.isByPerson(read) : false;
    if (typeof isByPerson !== 'boolean') return { failure: isByPerson };
    return decide(news, { isOpen: issue.isOpen, record, isByPerson, nowMs: this.#options.issues.nowMs() });
  }

  async #open(news: News): Promise<Kept> {
    const { deferred, issues, issuesPerHour, repository, onAction } = this.#options;
    const title = titleOf(news);
    const isLimited =
      issuesPerHour > 0 &&
      news.own === undefined &&
      issues.openedWithinHour() + this.#opening >= issuesPerHour;
    if (isLimited) {
      deferred.note(news.key, title);
      return { kind: 'limited' };
    }
    if (this.#writer.isDry(`open ${JSON.stringify(title)}`)) return KEPT;
    const nowMs = issues.nowMs();
    const record = firingRecord(news, firstStartOf(news, nowMs), nowMs);
    this.#opening += 1;
    try {
      const created = await repository.create({ title, body: firingBlock(record, news) });
      if (created.kind !== 'answer') return failed(created);
      issues.note(created.value);
    } finally {
      this.#opening -= 1;
    }
    deferred.remove(news.key);
    onAction('opened');
    // Another receiver may have opened one at the same moment, or this one before an answer was lost.
    const failure = await issues.refresh();
    return failure === undefined ? this.#closeTwins(news.key) : failed(failure);
  }

  async #change(news: News, read: ReadIssue, decision: Change): Promise<Kept> {
    const { record } = read;
    const { issues } = this.#options;
    switch (decision.kind) {
      case 'resolve':
      case 'note-end': {
        const untilMs = lastEndOf(news, record.sinceMs, issues.nowMs());
        return this.#writer.end(read, resolvedComment(record.sinceMs, untilMs), untilMs);
      }
      case 'set-state':
        return decision.isOpen ? this.#writer.reopen(read) : this.#writer.closeResolved(read);
      case 'again':
        return this.#writer.again(news, read);
      case 'change':
        return this.#writer.changeSet(news, read, decision.isSilent);
    }
  }

  async #closeTwins(key: string): Promise<Kept> {
    const { open } = this.#options.issues.of(key);
    const [stays, ...others] = open;
    if (stays === undefined) return KEPT;
    for (const { number, record } of others) {
      // One of whom nothing fires is open because a person wants it so.
      const kept = record.state === 'firing' ? await this.#writer.closeTwin(number, stays.number) : KEPT;
      if (kept.kind !== 'kept') return kept;
    }
    return KEPT;
  }
}
