/**
 * A comment that stands there once, whoever was killed between writing it and remembering it, whichever answer was lost, and
 * however many receivers say the same. A comment carries what it is about, and is looked for before it is written; of two
 * that were written at the same time the later one is taken back.
 */
import type { GiteaFailure } from '../gitea/gitea-failure.ts';
import type { IssueComment, IssueRepository } from '../gitea/issue-repository.ts';
import { digestOf } from '../notification/identity.ts';

/** What is said where. */
export interface Saying {
  readonly number: number;
  /** What tells it from all other sayings of this issue: the record that it follows, and what happened then. */
  readonly after: readonly string[];
  readonly text: string;
  /** Nothing that was said before then can be it, by Gitea's clock. */
  readonly sinceMs: number;
}

/** The comment; undefined when this issue takes no comments. */
export type Said = { readonly kind: 'said'; readonly url: string | undefined } | GiteaFailure;

const SLACK_MS = 60_000;

/** Says it. */
export async function sayOnce(
  repository: IssueRepository,
  { number, after, text, sinceMs }: Saying,
): Promise<Said> {
  const mark = `<!-- ephemetry-alert said ${digestOf(after)} -->`;
  const find = async (): Promise<readonly IssueComment[] | GiteaFailure> => {
    const listed = await repository.comments(number, Math.max(0, sinceMs - SLACK_MS));
    if (listed.kind !== 'answer') return listed;
    return listed.value.filter(({ body }) => body.endsWith(mark)).sort((a, b) => a.id - b.id);
  };
  const before = await find();
  if ('kind' in before) return before;
  const [earlier] = before;
  if (earlier !== undefined) return { kind: 'said', url: earlier.url };
  const written = await repository.comment(number, `${text}\n${mark}`);
  // A conversation that people locked: the issue itself is still kept.
  if (written.kind === 'forbidden' || (written.kind === 'refused' && written.status === 423)) {
    return { kind: 'said', url: undefined };
  }
  if (written.kind !== 'answer') return written;
  const now = await find();
  if ('kind' in now) return now;
  const first = now[0] ?? written.value;
  if (first.id < written.value.id) {
    const removed = await repository.removeComment(written.value.id);
    if (removed.kind !== 'answer' && removed.kind !== 'not-found') return removed;
  }
  return { kind: 'said', url: first.url };
}
