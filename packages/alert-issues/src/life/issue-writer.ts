/**
 * Reads and writes one issue. A step may be cut off anywhere, and the next one ends it: first the comment, which is found again
 * by what it is about; then text and state in one request. Who finds another text than was decided on writes nothing.
 */
import type { GiteaFailure } from '../gitea/gitea-failure.ts';
import type { Issue, IssueRepository } from '../gitea/issue-repository.ts';
import {
  againComment,
  changeComment,
  DEPENDENCIES_COMMENT,
  firingBlock,
  resolvedBlock,
  twinComment,
  withBlock,
} from '../issue/issue-words.ts';
import { findRecord, type IssueRecord } from '../issue/record.ts';
import { failed, type IssueAction, KEPT, type Kept } from './kept.ts';
import { firingRecord, firstStartOf, type News } from './news.ts';
import type { OwnIssues } from './own-issues.ts';
import { sayOnce } from './say-once.ts';

/** Options of {@link IssueWriter}. */
export interface IssueWriterOptions {
  readonly repository: IssueRepository;
  readonly issues: OwnIssues;
  readonly onAction: (action: IssueAction) => void;
  /** Told what would be done, and nothing is. @default what is decided is done */
  readonly onDryRun?: ((line: string) => void) | undefined;
}

/** Times are whole seconds, by another clock. */
const SLACK_MS = 3_000;

/** An issue that was just read. */
export interface ReadIssue {
  readonly issue: Issue;
  readonly record: IssueRecord;
  readonly line: string;
}

/** What is written at the end of a step. */
interface Written {
  readonly block: string;
  readonly action: IssueAction;
  /** @default as it is */
  readonly isOpen?: boolean;
}

const OVERTAKEN: Kept = { kind: 'overtaken' };

export class IssueWriter {
  readonly #options: IssueWriterOptions;

  constructor(options: IssueWriterOptions) {
    this.#options = options;
  }

  /** Undefined when it is not there, or none of ours. */
  async read(number: number): Promise<{ readonly found: ReadIssue | undefined } | GiteaFailure> {
    const { issues, repository } = this.#options;
    const answer = await repository.read(number);
    if (answer.kind === 'not-found') issues.forget(number);
    if (answer.kind === 'not-found') return { found: undefined };
    if (answer.kind !== 'answer') return answer;
    issues.note(answer.value);
    const found = findRecord(answer.value.body);
    return { found: found === undefined ? undefined : { issue: answer.value, ...found } };
  }

  /**
   * Whether an issue is open, or closed, because a person wants it so: somebody else than the own user changed its state, or
   * the own user did, long after it was written what the state should be.
   */
  async isByPerson({ issue, record }: ReadIssue): Promise<boolean | GiteaFailure> {
    const changes = await this.#options.repository.stateChanges(issue.number, record.writtenMs - SLACK_MS);
    if (changes.kind !== 'list') return changes;
    const last = changes.entries.at(-1);
    if (last === undefined || last.isOpen !== issue.isOpen) return false;
    return !last.isOwn || last.ms > record.writtenMs + SLACK_MS;
  }

  /** Writes which alerts fire now, with a comment unless nobody need be told. */
  async changeSet(news: News, read: ReadIssue, isSilent: boolean): Promise<Kept> {
    const { record, issue } = read;
    if (this.isDry(`change #${issue.number}`)) return KEPT;
    const next = firingRecord(news, record.sinceMs, this.#options.issues.nowMs());
    if (!isSilent) {
      const comment = changeComment(...changesOf(record, next, news));
      const said = await this.#say(read, `set ${next.setDigest}`, comment);
      if (said.kind !== 'said') return failed(said);
    }
    return this.#write(read, { block: firingBlock(next, news), action: 'changed' });
  }

  /** Opens an issue whose alerts fire again. */
  async again(news: News, read: ReadIssue): Promise<Kept> {
    if (this.isDry(`open #${read.issue.number} again`)) return KEPT;
    const said = await this.#say(read, 'again', againComment(read.record));
    if (said.kind !== 'said') return failed(said);
    const nowMs = this.#options.issues.nowMs();
    const record = firingRecord(news, firstStartOf(news, nowMs), nowMs);
    const block = firingBlock(record, news);
    return this.#write(read, { block, action: 'reopened', isOpen: true });
  }

  /** What was said and written before Gitea was killed. */
  async reopen({ issue }: ReadIssue): Promise<Kept> {
    if (this.isDry(`open #${issue.number} again`)) return KEPT;
    const opened = await this.#options.repository.edit(issue.number, { isOpen: true });
    if (opened.kind !== 'answer') return failed(opened);
    this.#options.issues.note(opened.value);
    this.#options.onAction('reopened');
    return KEPT;
  }

  /** Ends an issue whose alerts are over, with a comment. */
  async end(read: ReadIssue, comment: string, untilMs: number): Promise<Kept> {
    const { issue, record } = read;
    if (this.isDry(`${issue.isOpen ? 'close' : 'note the end of'} #${issue.number}`)) return KEPT;
    if (!issue.isOpen) {
      const noted = this.#ended(record, untilMs, record.endUrl);
      return this.#write(read, { block: resolvedBlock(noted), action: 'noted' });
    }
    const said = await this.#say(read, 'end', comment);
    if (said.kind !== 'said') return failed(said);
    return this.#close(read, this.#ended(record, untilMs, said.url), 'closed');
  }

  /** Closes an issue whose text says that nothing fires, and that is open although no person wants it so. */
  async closeResolved(read: ReadIssue): Promise<Kept> {
    const { issue, record } = read;
    if (!issue.isOpen || record.state === 'firing') return KEPT;
    if (this.isDry(`close #${issue.number}`)) return KEPT;
    const closed = await this.#options.repository.edit(issue.number, { isOpen: false });
    if (closed.kind === 'dependencies') return this.#sayDependencies(read);
    if (closed.kind !== 'answer') return failed(closed);
    this.#options.issues.note(closed.value);
    this.#options.onAction('closed');
    return KEPT;
  }

  /** Closes one that was opened at the same time as another one, which stays. */
  async closeTwin(number: number, stays: number): Promise<Kept> {
    if (this.isDry(`close #${number}, a twin of #${stays}`)) return KEPT;
    const read = await this.read(number);
    if ('kind' in read) return failed(read);
    if (read.found === undefined || !read.found.issue.isOpen) return KEPT;
    const said = await this.#say(read.found, `twin of ${stays}`, twinComment(stays));
    if (said.kind !== 'said') return failed(said);
    const ended = this.#ended(read.found.record, this.#options.issues.nowMs(), said.url);
    return this.#close(read.found, { ...ended, twinOf: stays }, 'twin_closed');
  }

  /** Whether nothing is to be done; then it is said what would be. */
  isDry(line: string): boolean {
    this.#options.onDryRun?.(`would ${line}`);
    return this.#options.onDryRun !== undefined;
  }

  async #close(read: ReadIssue, record: IssueRecord, action: IssueAction): Promise<Kept> {
    const closed = await this.#write(read, { block: resolvedBlock(record), action, isOpen: false });
    const isRefused = closed.kind === 'failed' && closed.failure.kind === 'dependencies';
    if (!isRefused) return closed;
    // The text was written.
    const now = await this.read(read.issue.number);
    if ('kind' in now) return failed(now);
    return now.found === undefined ? KEPT : this.#sayDependencies(now.found);
  }

  /** Once. */
  async #sayDependencies(read: ReadIssue): Promise<Kept> {
    const { record } = read;
    if (record.isCloseRefused === true) return KEPT;
    const said = await this.#say(read, 'dependencies', DEPENDENCIES_COMMENT);
    if (said.kind !== 'said') return failed(said);
    const refused = { ...record, isCloseRefused: true };
    return this.#write(read, { block: resolvedBlock(refused), action: 'close_refused' });
  }

  /** Writes the block anew, into the text as it is at this moment: people write there too, and other receivers. */
  async #write({ issue, line }: ReadIssue, { block, action, isOpen }: Written): Promise<Kept> {
    const { repository, issues, onAction } = this.#options;
    const now = await repository.read(issue.number);
    if (now.kind !== 'answer') return failed(now);
    const isSame = findRecord(now.value.body)?.line === line && now.value.isOpen === issue.isOpen;
    issues.note(now.value);
    if (!isSame) return OVERTAKEN;
    const body = withBlock(now.value.body, line, block);
    const change = isOpen === undefined ? { body } : { body, isOpen };
    const edited = await repository.edit(issue.number, change);
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
    const writtenMs = this.#options.issues.nowMs();
    const end = endUrl === undefined || endUrl === '' ? {} : { endUrl };
    return { ...rest, state: 'resolved', untilMs: Math.round(untilMs), writtenMs, ...end };
  }
}

/** How many fire, and how many are more and fewer than before, as far as they are remembered. */
function changesOf(before: IssueRecord, next: IssueRecord, news: News): [number, number, number] {
  const known = new Set(before.fingerprints);
  const added = next.fingerprints.filter((each) => !known.has(each)).length;
  const now = new Set(next.fingerprints);
  return [news.firing.length, added, before.fingerprints.filter((each) => !now.has(each)).length];
}
