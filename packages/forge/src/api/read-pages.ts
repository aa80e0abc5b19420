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
  /** Each once, as it was read last. None where pages were taken. */
  readonly entries: readonly Entry[];
  /** Of all entries. */
  readonly keys: ReadonlySet<number>;
  /** Of pages that were taken those of this reading and later ones count. */
  readonly fromReading: number;
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
  readonly isEnough?: (read: ReadonlySet<number>, page: readonly Entry[]) => boolean;
  /** Takes each page, so that no more than one is held. @default all entries are held */
  readonly take?: (page: readonly Entry[], reading: number) => Promise<void>;
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
  const all = new Map<number, Entry>();
  const keys = new Set<number>();
  let first: Reading<Entry> | undefined;
  let last: Reading<Entry> | undefined;
  for (let number = 0; number < READING_LIMIT; number += 1) {
    const read = await readOnce(options, number);
    if ('kind' in read) return read;
    first ??= read;
    const list = { ...listOf(read, first), fromReading: number };
    if (read.isSteady) return list;
    if (isAsBefore(read, last)) return { ...list, unlisted: Math.max(0, (read.total ?? 0) - read.keys.size) };
    last = read;
    for (const [key, entry] of read.entries) all.set(key, entry);
    for (const key of read.keys) keys.add(key);
  }
  // Busy, but nothing can be missing: what vanished is found by its absence from what is open.
  if (first !== undefined && last?.total !== undefined && keys.size >= last.total)
    return { ...listOf({ entries: all, keys }, first), fromReading: 0 };
  const wanted = last?.total === undefined ? '' : ` of ${last.total}`;
  return {
    kind: 'unsteady',
    detail: `the list changed ${READING_LIMIT} times while it was read, and ${keys.size}${wanted} were found`,
  };
}

function listOf<Entry>(
  { entries, keys }: Pick<Reading<Entry>, 'entries' | 'keys'>,
  { firstPage, forgeNowMs }: Reading<Entry>,
): Omit<ReadList<Entry>, 'fromReading'> {
  return { kind: 'list', entries: [...entries.values()], keys, firstPage, forgeNowMs, unlisted: 0 };
}

/** Nothing came, went or moved between two readings, and no total changed. */
function isAsBefore<Entry>(read: Reading<Entry>, before: Reading<Entry> | undefined): boolean {
  if (before === undefined || read.totals.size !== 1 || before.totals.size !== 1) return false;
  if (read.total !== before.total || read.keys.size !== before.keys.size) return false;
  return [...read.keys].every((key) => before.keys.has(key));
}

interface Reading<Entry> {
  /** Empty where pages are taken. */
  readonly entries: ReadonlyMap<number, Entry>;
  readonly keys: ReadonlySet<number>;
  readonly firstPage: readonly Entry[];
  readonly total: number | undefined;
  /** All that were told. */
  readonly totals: ReadonlySet<number | undefined>;
  readonly forgeNowMs: number | undefined;
  readonly isSteady: boolean;
}

async function readOnce<Entry>(
  options: PagesOptions<Entry>,
  readingNumber: number,
): Promise<Reading<Entry> | ForgeFailure> {
  const { keyOf, isEnough = () => false, take } = options;
  const entries = new Map<number, Entry>();
  const keys = new Set<number>();
  const totals = new Set<number | undefined>();
  let first: ForgeAnswer<Page<Entry>> | undefined;
  const reading = (total: number | undefined, isWhole: boolean): Reading<Entry> => ({
    entries,
    keys,
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
    const before = keys.size;
    // One that is listed twice would be two rows of one statement, which PostgreSQL refuses.
    const onPage = new Map(answer.value.entries.map((entry) => [keyOf(entry), entry]));
    const page = [...onPage.values()];
    for (const [key, entry] of onPage) {
      keys.add(key);
      if (take === undefined) entries.set(key, entry);
    }
    if (page.length > 0) await take?.(page, readingNumber);
    // More than the server counts: then its count says nothing of where the list ends.
    if (keys.size === total) return reading(total, true);
    if (isEnough(keys, page)) return reading(total, true);
    // An empty page is behind the last one; one that was there before comes from a server that knows no pages.
    if (keys.size === before) return reading(total, total === undefined);
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
