/**
 * Reads a list page by page while issues are opened and closed: what is new pushes others to later pages, what vanishes pulls
 * them to earlier ones. So a list whose total changed, or that came short of it, is read again, and all readings count.
 */
import type { AskGitea, GiteaAnswer } from './gitea-client.ts';
import type { GiteaFailure } from './gitea-failure.ts';

/** A list that was read whole. */
interface ReadList<Entry> {
  readonly kind: 'list';
  /** Each once, as it was read last. */
  readonly entries: readonly Entry[];
  /** Gitea's clock, before anything was read. */
  readonly nowMs: number | undefined;
}

/** What is read. */
export interface ListOptions<Entry> {
  readonly ask: AskGitea;
  /** With what is asked for; without page and limit. */
  readonly path: string;
  readonly parse: (body: unknown) => readonly Entry[];
  readonly keyOf: (entry: Entry) => number;
}

/** More than any server gives at once; one that gives fewer is asked for as many pages. */
const PAGE_SIZE = 50;
const READING_LIMIT = 5;
/** A server that always has another page is none. */
const PAGES_LIMIT = 20_000;

/** Reads a list. */
export async function readList<Entry>(options: ListOptions<Entry>): Promise<ReadList<Entry> | GiteaFailure> {
  const union = new Map<number, Entry>();
  let nowMs: number | undefined;
  for (let reading = 0; reading < READING_LIMIT; reading += 1) {
    const read = await readOnce(options);
    if ('kind' in read) return read;
    if (reading === 0) nowMs = read.nowMs;
    for (const [key, entry] of read.entries) union.set(key, entry);
    // A list that only grew was read whole: its new entries stand on pages that come later, or push others there.
    const isWhole = read.total === undefined || read.entries.size >= read.total;
    if (isWhole && read.isSteady) break;
  }
  return { kind: 'list', entries: [...union.values()], nowMs };
}

interface Reading<Entry> {
  readonly entries: ReadonlyMap<number, Entry>;
  readonly total: number | undefined;
  readonly nowMs: number | undefined;
  readonly isSteady: boolean;
}

async function readOnce<Entry>(options: ListOptions<Entry>): Promise<Reading<Entry> | GiteaFailure> {
  const entries = new Map<number, Entry>();
  const totals = new Set<number | undefined>();
  let first: GiteaAnswer<readonly Entry[]> | undefined;
  for (let page = 1; page <= PAGES_LIMIT; page += 1) {
    const answer = await askForPage(options, page);
    if (answer.kind !== 'answer') return answer;
    first ??= answer;
    totals.add(answer.total);
    const before = entries.size;
    for (const entry of answer.value) entries.set(options.keyOf(entry), entry);
    const isLast = answer.total !== undefined && entries.size >= answer.total;
    // An empty page is behind the last one; one that was there before comes from a server that knows no pages.
    if (isLast || entries.size === before) {
      return { entries, total: answer.total, nowMs: first.nowMs, isSteady: totals.size === 1 };
    }
  }
  return { kind: 'foreign', detail: `the list has more than ${PAGES_LIMIT} pages` };
}

function askForPage<Entry>(
  { ask, path, parse }: ListOptions<Entry>,
  page: number,
): Promise<GiteaAnswer<readonly Entry[]> | GiteaFailure> {
  return ask({ method: 'GET', path: `${path}&page=${page}&limit=${PAGE_SIZE}`, parse });
}
