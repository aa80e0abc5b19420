/** What news mean for the issue of their group. Pure: everything is decided here, and nothing is done. */
import type { IssueRecord } from '../issue/record.ts';
import { type News, setDigestOf } from './news.ts';

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
  | { readonly kind: 'note-end' };

/** The issue, as Gitea has it at this moment. */
export interface DecidedIssue {
  readonly isOpen: boolean;
  readonly record: IssueRecord;
}

/** Decides. @param issue undefined when there is none, or none that is to be opened again */
export function decide(news: News, issue: DecidedIssue | undefined): Decision {
  if (issue === undefined) return { kind: news.firing.length === 0 ? 'nothing' : 'open' };
  const { isOpen, record } = issue;
  if (news.firing.length === 0) {
    if (record.state === 'resolved') return { kind: 'nothing' };
    return { kind: isOpen ? 'resolve' : 'note-end' };
  }
  if (record.state === 'resolved') return { kind: 'again' };
  // A person closed it while it fired, and knows why.
  if (!isOpen) return { kind: 'nothing' };
  if (record.setDigest !== setDigestOf(news)) return { kind: 'change', isSilent: false };
  if (record.note !== news.note) return { kind: 'change', isSilent: true };
  return { kind: 'nothing' };
}
