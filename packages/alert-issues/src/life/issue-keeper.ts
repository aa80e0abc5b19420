/**
 * Keeps one issue for each group of alerts. What is true is in Gitea: each step reads the issue, decides, writes, and can be
 * cut off anywhere, as the next one reads it again.
 *
 *     news ─▶ the issue of its key, read anew ─▶ decide ─▶ comment, state, text ─▶ twins closed
 */
import type { GiteaFailure } from '../gitea/gitea-failure.ts';
import type { Issue, IssueRepository } from '../gitea/issue-repository.ts';
import {
  againComment,
  changeComment,
  DEPENDENCIES_COMMENT,
  firingBlock,
  resolvedBlock,
  resolvedComment,
  titleOf,
  twinComment,
  withBlock,
} from '../issue/issue-words.ts';
import { findRecord, type IssueRecord } from '../issue/record.ts';
import { type Decision, decide } from './decide.ts';
import type { DeferredGroups } from './deferred-groups.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { firingRecord, firstStartOf, lastEndOf, type News } from './news.ts';
import type { KnownIssue, OwnIssues } from './own-issues.ts';
import { sayOnce } from './say-once.ts';

/** What was done to an issue, as the contract's label has it. */
export type IssueAction =
  | 'opened'
  | 'reopened'
  | 'changed'
  | 'closed'
  | 'noted'
  | 'twin_closed'
  | 'close_refused';

/** What became of news. */
export type Kept =
  | { readonly kind: 'kept' }
  /** As many issues as are allowed were opened within an hour. */
  | { readonly kind: 'limited' }
  | { readonly kind: 'failed'; readonly failure: GiteaFailure };

/** Options of {@link IssueKeeper}. */
export interface IssueKeeperOptions {
  readonly repository: IssueRepository;
  readonly issues: OwnIssues;
  readonly deferred: DeferredGroups;
  /** 0 for no limit. */
  readonly issuesPerHour: number;
  readonly onAction: (action: IssueAction) => void;
  /** Told what would be done, and nothing is. @default what is decided is done */
  readonly onDryRun?: ((line: string) => void) | undefined;
}

/** So many groups at a time: more would only wait in Gitea. */
const CONCURRENCY = 8;
/** Each time round somebody else was faster. */
const LOOK_LIMIT = 4;

/** An issue that was just read. */
interface ReadIssue {
  readonly issue: Issue;
  readonly record: IssueRecord;
  readonly line: string;
}

const KEPT: Kept = { kind: 'kept' };

export class IssueKeeper {
  readonly #options: IssueKeeperOptions;
  readonly #queue = new KeyedQueue(CONCURRENCY);
  #opening = 0;

  constructor(options: IssueKeeperOptions) {
    this.#options = options;
  }

  /** Does what news mean, after all that was told of their group before. */
  keep(news: News): Promise<Kept> {
    return this.#queue.run(news.key, () => this.#keep(news));
  }

  /** Does something with an issue while nothing else is done with its group. */
  withIssue(known: KnownIssue, work: (read: ReadIssue) => Promise<Kept>): Promise<Kept> {
    return this.#queue.run(known.record.key, async () => {
      const read = await this.#read(known.number);
      if ('kind' in read) return failed(read);
      return read.found === undefined ? KEPT : work(read.found);
    });
  }

  /** Ends an issue whose alerts are over, with a comment. */
  async end(read: ReadIssue, comment: string, untilMs: number): Promise<Kept> {
    const { issue, record } = read;
    if (!issue.isOpen) {
      if (this.#isDry(`note the end of #${issue.number}`)) return KEPT;
      return this.#written(read, this.#ended(record, untilMs, record.endUrl), 'noted');
    }
    if (this.#isDry(`close #${issue.number}`)) return KEPT;
    const said = await this.#say(read, 'end', comment);
    if (said.kind !== 'said') return failed(said);
    return this.#close(read, this.#ended(record, untilMs, said.url), 'closed');
  }

  /** Tries again to close an issue that had open dependencies. */
  async closeAfterDependencies({ issue, record, line }: ReadIssue): Promise<Kept> {
    if (!issue.isOpen || record.isCloseRefused !== true || this.#isDry(`close #${issue.number}`)) return KEPT;
    const closed = await this.#options.repository.setOpen(issue.number, false);
    // Said before.
    if (closed.kind === 'dependencies') return KEPT;
    if (closed.kind !== 'answer') return failed(closed);
    const { isCloseRefused: _, ...rest } = record;
    return this.#written({ issue: closed.value, record, line }, rest, 'closed');
  }

  /** Closes all issues of a key but the oldest one that is open, by a new list. */
  settleTwins(key: string): Promise<Kept> {
    return this.#queue.run(key, async () => {
      const failure = await this.#options.issues.refresh();
      return failure === undefined ? this.#closeTwins(key) : failed(failure);
    });
  }

  async #keep(news: News): Promise<Kept> {
    const found = await this.#find(news.key);
    if ('kind' in found) return failed(found);
    return this.#decided(news, found.read);
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
      const read = await this.#read(known.number);
      if ('kind' in read) return read;
      if (read.found?.issue.isOpen === known.isOpen) return { read: read.found };
      // What was known is not so any more.
    }
    return { kind: 'busy', status: 409, detail: 'the issue changed each time it was looked at' };
  }

  async #read(number: number): Promise<{ readonly found: ReadIssue | undefined } | GiteaFailure> {
    const { issues, repository } = this.#options;
    const answer = await repository.read(number);
    if (answer.kind === 'not-found') issues.forget(number);
    if (answer.kind === 'not-found') return { found: undefined };
    if (answer.kind !== 'answer') return answer;
    issues.note(answer.value);
    const found = findRecord(answer.value.body);
    return { found: found === undefined ? undefined : { issue: answer.value, ...found } };
  }

  async #decided(news: News, read: ReadIssue | undefined): Promise<Kept> {
    const decided = read === undefined ? undefined : { isOpen: read.issue.isOpen, record: read.record };
    const decision = decide(news, decided);
    if (decision.kind === 'open') return this.#open(news);
    this.#options.deferred.remove(news.key);
    if (read === undefined || decision.kind === 'nothing') return KEPT;
    const kept = await this.#change(news, read, decision);
    return kept.kind === 'kept' ? this.#closeTwins(news.key) : kept;
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
    if (this.#isDry(`open ${JSON.stringify(title)}`)) return KEPT;
    const record = firingRecord(news, firstStartOf(news), issues.nowMs());
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

  async #change(news: News, read: ReadIssue, decision: Decision): Promise<Kept> {
    const { record, issue } = read;
    const { issues } = this.#options;
    if (decision.kind === 'resolve' || decision.kind === 'note-end') {
      const untilMs = lastEndOf(news, record.sinceMs, issues.nowMs());
      return this.end(read, resolvedComment(record.sinceMs, untilMs), untilMs);
    }
    if (this.#isDry(`${decision.kind === 'again' ? 'open' : 'change'} #${issue.number}`)) return KEPT;
    const isAgain = decision.kind === 'again';
    const sinceMs = isAgain ? firstStartOf(news) : record.sinceMs;
    const next = firingRecord(news, sinceMs, issues.nowMs());
    if (decision.kind !== 'change' || !decision.isSilent) {
      const comment = isAgain ? againComment(record) : changeComment(...changesOf(record, next, news));
      const said = await this.#say(read, isAgain ? 'again' : `set ${next.setDigest}`, comment);
      if (said.kind !== 'said') return failed(said);
    }
    if (!issue.isOpen) {
      const opened = await this.#options.repository.setOpen(issue.number, true);
      if (opened.kind !== 'answer') return failed(opened);
    }
    return this.#written(read, next, isAgain ? 'reopened' : 'changed', firingBlock(next, news));
  }

  async #closeTwins(key: string): Promise<Kept> {
    const { open } = this.#options.issues.of(key);
    const [stays, ...twins] = open;
    if (stays === undefined) return KEPT;
    for (const twin of twins) {
      const kept = await this.#closeTwin(twin.number, stays.number);
      if (kept.kind !== 'kept') return kept;
    }
    return KEPT;
  }

  async #closeTwin(number: number, stays: number): Promise<Kept> {
    if (this.#isDry(`close #${number}, a twin of #${stays}`)) return KEPT;
    const read = await this.#read(number);
    if ('kind' in read) return failed(read);
    if (read.found === undefined || !read.found.issue.isOpen) return KEPT;
    const said = await this.#say(read.found, `twin of ${stays}`, twinComment(stays));
    if (said.kind !== 'said') return failed(said);
    const untilMs = this.#options.issues.nowMs();
    const ended = { ...this.#ended(read.found.record, untilMs, said.url), twinOf: stays };
    return this.#close(read.found, ended, 'twin_closed');
  }

  /** Closes first: an issue that says that nothing fires, and is open, was opened again by a person. */
  async #close(read: ReadIssue, record: IssueRecord, action: IssueAction): Promise<Kept> {
    const closed = await this.#options.repository.setOpen(read.issue.number, false);
    if (closed.kind === 'dependencies') {
      const said = await this.#say(read, 'dependencies', DEPENDENCIES_COMMENT);
      if (said.kind !== 'said') return failed(said);
      return this.#written(read, { ...record, isCloseRefused: true }, 'close_refused');
    }
    return closed.kind === 'answer' ? this.#written(read, record, action) : failed(closed);
  }

  /** Writes the block anew, into the text as it is at this moment: people write there too. */
  async #written(
    { issue, line }: ReadIssue,
    record: IssueRecord,
    action: IssueAction,
    block: string = resolvedBlock(record),
  ): Promise<Kept> {
    const { repository, issues, onAction } = this.#options;
    const now = await repository.read(issue.number);
    if (now.kind !== 'answer') return failed(now);
    const found = findRecord(now.value.body);
    const edited = await repository.edit(issue.number, withBlock(now.value.body, found?.line ?? line, block));
    if (edited.kind !== 'answer') return failed(edited);
    issues.note(edited.value);
    onAction(action);
    return KEPT;
  }

  #say({ issue, record, line }: ReadIssue, what: string, text: string): ReturnType<typeof sayOnce> {
    const saying = { number: issue.number, after: [line, what], text, sinceMs: record.writtenMs };
    return sayOnce(this.#options.repository, saying);
  }

  #ended(record: IssueRecord, untilMs: number, endUrl: string | undefined): IssueRecord {
    const { endUrl: _, ...rest } = record;
    const writtenMs = Math.round(this.#options.issues.nowMs());
    const end = endUrl === undefined || endUrl === '' ? {} : { endUrl };
    return { ...rest, state: 'resolved', untilMs: Math.round(untilMs), writtenMs, ...end };
  }

  #isDry(line: string): boolean {
    this.#options.onDryRun?.(`would ${line}`);
    return this.#options.onDryRun !== undefined;
  }
}

function failed(failure: GiteaFailure): Kept {
  return { kind: 'failed', failure };
}

/** How many fire, and how many are more and fewer than before, as far as they are remembered. */
function changesOf(before: IssueRecord, next: IssueRecord, news: News): [number, number, number] {
  const known = new Set(before.fingerprints);
  const added = next.fingerprints.filter((each) => !known.has(each)).length;
  const now = new Set(next.fingerprints);
  return [news.firing.length, added, before.fingerprints.filter((each) => !now.has(each)).length];
}
