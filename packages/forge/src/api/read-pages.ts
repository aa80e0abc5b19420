/**
 * Reads a list page by page from a server where things happen meanwhile: what is new pushes the others to later pages, what
 * vanishes pulls them to earlier ones, where they are not looked for any more. So a list that has fewer entries than the server
 * says, or whose total changed, is read again. If it is then as it was before, the server counts what it does not list, such as
 * issues that were deleted and are still in its index.
 */
import type { ForgeAnswer, ForgeClient } from './forge-client.ts';
import type { ForgeFailure } from './forge-failure.ts';

/** One page. `total` of the body, where it is not in a header. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly total: number | undefined;
}

/** A list that was read whole, or until enough was known. */
export interface ReadList<Entry> {
  readonly kind: 'list';
  /** Each once, as it was read last. */
  readonly entries: readonly Entry[];
  /** What the very first page showed: nothing on it can have changed later than it was read. */
  readonly firstPage: readonly Entry[];
  /** The forge's clock, before anything was read. */
  readonly forgeNowMs: number | undefined;
  /** So many the server counts and does not list. */
  readonly unlisted: number;
}

/** What is read. */
export interface PagesOptions<Entry> {
  readonly client: ForgeClient;
  /** With what is asked for; without page and limit. */
  readonly path: string;
  readonly parse: (body: unknown) => Page<Entry>;
  /** What tells entries apart. */
  readonly keyOf: (entry: Entry) => number;
  /** Whether later pages say nothing that is wanted, after the last of those that were read. @default never */
  readonly isEnough?: (read: ReadonlyMap<number, Entry>, page: readonly Entry[]) => boolean;
}

/** More than any server gives at once; one that gives fewer is asked for as many pages. */
const PAGE_LIMIT = 50;
const READING_LIMIT = 3;
/** A server that always has another page is none. */
const PAGES_LIMIT = 20_000;

/** Reads a list. */
export async function readPages<Entry>(
  options: PagesOptions<Entry>,
): Promise<ReadList<Entry> | ForgeFailure> {
  const union = new Map<number, Entry>();
  let first: Reading<Entry> | undefined;
  let last: Reading<Entry> | undefined;
  for (let reading = 0; reading < READING_LIMIT; reading += 1) {
    const read = await readOnce(options);
    if ('kind' in read) return read;
    first ??= read;
    if (read.isSteady) return listOf(read.entries, first, 0);
    if (isAsBefore(read, last)) return listOf(read.entries, first, (read.total ?? 0) - read.entries.size);
    last = read;
    for (const [key, entry] of read.entries) union.set(key, entry);
  }
  // Busy, but nothing can be missing: what vanished is found by its absence from what is open.
  if (first !== undefined && last?.total !== undefined && union.size >= last.total)
    return listOf(union, first, 0);
  const wanted = last?.total === undefined ? '' : ` of ${last.total}`;
  return {
    kind: 'unsteady',
    detail: `the list changed ${READING_LIMIT} times while it was read, and ${union.size}${wanted} were found`,
  };
}

function listOf<Entry>(
  entries: ReadonlyMap<number, Entry>,
  { firstPage, forgeNowMs }: Reading<Entry>,
  unlisted: number,
): ReadList<Entry> {
  return {
    ...{ kind: 'list', entries: [...entries.values()], firstPage, forgeNowMs },
    unlisted: Math.max(0, unlisted),
  };
}

/** Nothing came, went or moved between two readings, and no total changed. */
function isAsBefore<Entry>(read: Reading<Entry>, before: Reading<Entry> | undefined): boolean {
  if (before === undefined || read.totals.size !== 1 || before.totals.size !== 1) return false;
  if (read.total !== before.total || read.entries.size !== before.entries.size) return false;
  return [...read.entries.keys()].every((key) => before.entries.has(key));
}

interface Reading<Entry> {
  readonly entries: ReadonlyMap<number, Entry>;
  readonly firstPage: readonly Entry[];
  readonly total: number | undefined;
  /** All that were told. */
  readonly totals: ReadonlySet<number | undefined>;
  readonly forgeNowMs: number | undefined;
  readonly isSteady: boolean;
}

async function readOnce<Entry>(options: PagesOptions<Entry>): Promise<Reading<Entry> | ForgeFailure> {
  const { keyOf, isEnough = () => false } = options;
  const entries = new Map<number, Entry>();
  const totals = new Set<number | undefined>();
  let first: ForgeAnswer<Page<Entry>> | undefined;
  const reading = (total: number | undefined, isWhole: boolean): Reading<Entry> => ({
    entries,
    firstPage: first?.value.entries ?? [],
    total,
    totals,
    forgeNowMs: first?.forgeNowMs,
    isSteady: isWhole && totals.size === 1,
  });
  for (let number = 1; number <= PAGES_LIMIT; number += 1) {
    const answer = await askForPage(options, number);
    if (answer.kind !== 'answer') return answer;
    first ??= answer;
    const total = answer.total ?? answer.value.total;
    totals.add(total);
    const before = entries.size;
    for (const entry of answer.value.entries) entries.set(keyOf(entry), entry);
    // More than the server counts: then its count says nothing of where the list ends.
    if (entries.size === total) return reading(total, true);
    if (isEnough(entries, answer.value.entries)) return reading(total, true);
    // An empty page is behind the last one; one that was there before comes from a server that knows no pages.
    if (entries.size === before) return reading(total, total === undefined);
  }
  return { kind: 'unsteady', detail: `the list has more than ${PAGES_LIMIT} pages` };
}

function askForPage<Entry>(
  { client, path, parse }: PagesOptions<Entry>,
  number: number,
): Promise<ForgeAnswer<Page<Entry>> | ForgeFailure> {
  const mark = path.includes('?') ? '&' : '?';
  return client.get(`${path}${mark}page=${number}&limit=${PAGE_LIMIT}`, parse);
}
