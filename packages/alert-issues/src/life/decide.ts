/** What news mean for the issue of their group. Pure: everything is decided here, and nothing is done. */
import type { IssueRecord } from '../issue/record.ts';
import { lastStartOf, type News, setDigestOf } from './news.ts';

/** What is to be done. */
export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'open' }
  /** It fires again: the issue is opened, if it is not open. */
  | { readonly kind: 'again' }
  /** Another set of alerts fires than the text says. */
  | { readonly kind: 'change'; readonly isSilent: boolean }
  | { readonly kind: 'resolve' }
  /** The end of alerts whose issue a person has closed: from now on they may fire again. */
  | { readonly kind: 'note-end' }
  /** The text says so, but Gitea was killed before it changed the state. */
  | { readonly kind: 'set-state'; readonly isOpen: boolean };

/** The issue, as Gitea has it at this moment. */
export interface DecidedIssue {
  readonly isOpen: boolean;
  readonly record: IssueRecord;
  /** Whether it is open, or closed, because a person wants it so. */
  readonly isByPerson: boolean;
  /** By the clock of Gitea. */
  readonly nowMs: number;
}

/** Decides. @param issue undefined when there is none, or none that is to be opened again */
export function decide(news: News, issue: DecidedIssue | undefined): Decision {
  if (issue === undefined) return { kind: news.firing.length === 0 ? 'nothing' : 'open' };
  if (news.firing.length > 0) return decideFiring(news, issue);
  return isOfEarlierTime(news, issue.record) ? { kind: 'nothing' } : decideEnd(issue);
}

/**
 * Whether all that is told ended before the last alert that the issue is about began: it comes late, from another Alertmanager
 * or through another receiver, and must not end what fires now.
 */
function isOfEarlierTime({ alerts }: News, record: IssueRecord): boolean {
  const began = beganMs(record);
  return record.state === 'firing' && alerts.every(({ endsMs }) => endsMs !== undefined && endsMs < began);
}

function beganMs({ sinceMs, lastStartMs = 0 }: IssueRecord): number {
  return Math.max(sinceMs, lastStartMs);
}

function decideEnd({ isOpen, record, isByPerson }: DecidedIssue): Decision {
  if (record.state === 'firing') return { kind: isOpen ? 'resolve' : 'note-end' };
  return isOpen && !isByPerson ? { kind: 'set-state', isOpen: false } : { kind: 'nothing' };
}

function decideFiring(news: News, { isOpen, record, isByPerson, nowMs }: DecidedIssue): Decision {
  if (record.state === 'resolved') return { kind: 'again' };
  // A person closed it while it fired, and knows why.
  if (!isOpen) return isByPerson ? { kind: 'nothing' } : { kind: 'set-state', isOpen: true };
  if (record.setDigest !== setDigestOf(news)) return { kind: 'change', isSilent: false };
  if (record.note !== news.note) return { kind: 'change', isSilent: true };
  // It ended and fires again, and the end was not told yet.
  const isLater = news.own === undefined && lastStartOf(news, nowMs) > beganMs(record);
  if (isLater) return { kind: 'change', isSilent: true };
  return { kind: 'nothing' };
}
