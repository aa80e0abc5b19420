/**
 * Reads what may have changed of one repository:
 *
 *     repository ─▶ items changed since the watermark ─▶ is so much open as we think? ─▶ runs that are new or were not finished
 *                                                         └ no: what is open, one by one
 *
 * Items are asked for by their last change, from a little before the newest change that is known. That mark is the forge's own
 * time, so no clock but the forge's matters; and it comes from the first page of a list, as what changed while later pages were
 * read changed after the first one.
 */
import {
  type Item,
  parseItem,
  parseItems,
  parseRepository,
  parseRun,
  parseRunPage,
  type RepositoryAnswer,
  type Run,
} from '../api/answers.ts';
import type { ForgeClient } from '../api/forge-client.ts';
import type { ForgeFailure } from '../api/forge-failure.ts';
import { type Page, readPages } from '../api/read-pages.ts';
import type { RepositoryFact } from '../facts/facts.ts';
import type { RepositoryReading } from './repository-reading.ts';

/** What is known before, and who is asked. */
export interface ReadRepositoryOptions {
  readonly client: ForgeClient;
  readonly name: string;
  /** Where the forge is. */
  readonly server: string;
  /** Undefined for a repository that is new here. */
  readonly known: RepositoryFact | undefined;
  readonly openNumbers: (kinds: readonly Item['kind'][]) => Promise<readonly number[]>;
  readonly unfinishedRunIds: readonly number[];
  readonly nowMs: () => number;
}

/** A change that a transaction wrote down is seen when that ends; and an index that is not the database's is late. */
const OVERLAP_MS = 60_000;
/** What is open here and not there is asked for one by one; of more the next collect asks. */
const MISSING_LIMIT = 50;
/** Of unfinished runs that are behind the newest pages so many need no further page. */
const FEW_RUNS = 5;
/** So many are asked for one by one; of more, others with each collect. */
const LONE_RUNS_LIMIT = 20;

/** Reads one repository. */
export async function readRepository(
  options: ReadRepositoryOptions,
): Promise<RepositoryReading | ForgeFailure> {
  const { client, name, server, nowMs } = options;
  const answer = await client.get(pathOf(name), parseRepository);
  if (answer.kind !== 'answer') return answer;
  const repository = answer.value;
  const isSame = options.known?.server === server && options.known.forgeId === repository.id;
  const known = isSame ? options.known : undefined;
  const forgeNowMs = answer.forgeNowMs ?? nowMs();
  const path = pathOf(repository.fullName);
  const items = await readItems(path, repository, known, options, since(known, forgeNowMs, nowMs()));
  if (items.kind !== 'items') return items;
  const runs = await readRuns(path, repository, known, options);
  if (runs.kind !== 'runs') return runs;
  return {
    kind: 'reading',
    isFill: known === undefined,
    items: items.items,
    runs: runs.runs,
    goneNumbers: items.gone,
    goneRunIds: runs.gone,
    remarks: [
      ...renamed(name, repository),
      ...replaced(options.known, isSame),
      ...(known === undefined || known.hasRuns ? runs.remarks : []),
    ],
    fact: {
      name,
      server,
      forgeId: repository.id,
      revision: (options.known?.revision ?? 0) + 1,
      filledNumber: known?.filledNumber ?? mostOf(items.items.map(({ number }) => number)) ?? 0,
      filledRunId: runs.isRead
        ? (known?.filledRunId ?? mostOf(runs.runs.map(({ id }) => id)) ?? 0)
        : known?.filledRunId,
      watermarkMs: mostOf([known?.watermarkMs, items.watermarkMs]),
      newestRunId: mostOf([known?.newestRunId, ...runs.runs.map(({ id }) => id)]) ?? 0,
      forgeNowMs,
      collectedMs: nowMs(),
      hasIssues: repository.hasIssues,
      hasChanges: repository.hasChanges,
      hasRuns: runs.isRead,
    },
  };
}

function pathOf(name: string): string {
  return `/repos/${name.split('/').map(encodeURIComponent).join('/')}`;
}

interface ItemsRead {
  readonly kind: 'items';
  readonly items: readonly Item[];
  readonly gone: readonly number[];
  readonly watermarkMs: number | undefined;
}

const NO_ITEMS: ItemsRead = { kind: 'items', items: [], gone: [], watermarkMs: undefined };

async function readItems(
  path: string,
  { hasIssues, hasChanges }: RepositoryAnswer,
  known: RepositoryFact | undefined,
  { client, openNumbers }: ReadRepositoryOptions,
  asked: string,
): Promise<ItemsRead | ForgeFailure> {
  if (!hasIssues && !hasChanges) return NO_ITEMS;
  const changed = await readPages({ client, path: `${path}/issues?state=all${asked}`, ...ITEM_PAGES });
  if (changed.kind !== 'list') return changed;
  const watermarkMs = mostOf(changed.firstPage.map(({ updatedMs }) => updatedMs));
  const read: ItemsRead = { kind: 'items', items: changed.entries, gone: [], watermarkMs };
  if (known === undefined) return read;
  // What is switched off is not listed and not found, but it is not gone.
  const kinds = [...(hasIssues ? (['issue'] as const) : []), ...(hasChanges ? (['change'] as const) : [])];
  return await withMissing(client, path, new Set(await openNumbers(kinds)), read);
}

/**
 * In whole seconds, as a forge reads it. Where its clock was set back, from when the last collect was by the clock that it has
 * now: what changed since carries times before the mark.
 */
function since(known: RepositoryFact | undefined, forgeNowMs: number, nowMs: number): string {
  if (known?.watermarkMs === undefined) return '';
  const elapsedMs = Math.max(0, nowMs - known.collectedMs);
  const fromMs = Math.min(known.watermarkMs, forgeNowMs - elapsedMs) - OVERLAP_MS;
  const seconds = Math.max(1, Math.floor(fromMs / 1000));
  return `&since=${encodeURIComponent(new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'))}`;
}

const ITEM_PAGES = {
  parse: (body: unknown): Page<Item> => ({ entries: parseItems(body), total: undefined }),
  keyOf: ({ number }: Item) => number,
};

/** Changes say nothing of what was deleted, so the number of what is open is held against the facts. */
async function withMissing(
  client: ForgeClient,
  path: string,
  open: Set<number>,
  read: ItemsRead,
): Promise<ItemsRead | ForgeFailure> {
  for (const { number, isOpen } of read.items) {
    if (isOpen) open.add(number);
    else open.delete(number);
  }
  const one = await client.get(`${path}/issues?state=open&page=1&limit=1`, parseItems);
  if (one.kind !== 'answer') return one;
  if (one.total === undefined || one.total === open.size) return read;
  const listed = await readPages({ client, path: `${path}/issues?state=open`, ...ITEM_PAGES });
  if (listed.kind !== 'list') return listed;
  const there = new Set(listed.entries.map(({ number }) => number));
  const missing = [...open].filter((number) => !there.has(number)).slice(0, MISSING_LIMIT);
  const items = [...read.items.filter(({ number }) => !there.has(number)), ...listed.entries];
  const gone: number[] = [];
  for (const number of missing) {
    const found = await client.get(`${path}/issues/${number}`, parseItem);
    if (found.kind === 'answer') items.push(found.value);
    else if (found.kind === 'not-found') gone.push(number);
    else return found;
  }
  return { ...read, items: [...new Map(items.map((item) => [item.number, item])).values()], gone };
}

/** That there are none is said once, when it is found. */
interface RunsRead {
  readonly kind: 'runs';
  /** Whether the forge has runs, and shows them. */
  readonly isRead: boolean;
  readonly runs: readonly Run[];
  readonly gone: readonly number[];
  readonly remarks: readonly string[];
}

async function readRuns(
  path: string,
  { hasRuns }: RepositoryAnswer,
  known: RepositoryFact | undefined,
  { client, unfinishedRunIds }: ReadRepositoryOptions,
): Promise<RunsRead | ForgeFailure> {
  if (!hasRuns) return withoutRuns('its pipelines are switched off');
  const filledRunId = known?.filledRunId;
  const left = new Set(filledRunId === undefined ? [] : unfinishedRunIds);
  const isEnough = (read: ReadonlyMap<number, Run>, page: readonly Run[]): boolean => {
    if (filledRunId === undefined) return false;
    // Ids grow, and a list begins with the newest: with one that was there at the last collect all new ones are read.
    const hasReachedKnown = [...read.keys()].some((id) => id <= (known?.newestRunId ?? 0));
    const isBehind = [...left].filter((id) => !read.has(id)).length > FEW_RUNS;
    // Runs that wait stand together; those that never end may be hundreds of pages away.
    return hasReachedKnown && !(isBehind && page.some(({ id }) => left.has(id)));
  };
  const listed = await readPages({ client, path: `${path}/actions/runs`, ...RUN_PAGES, isEnough });
  if (listed.kind === 'not-found') return withoutRuns('the server lists no runs (Gitea does from 1.25 on)');
  if (listed.kind === 'forbidden' || listed.kind === 'unauthorized') {
    return withoutRuns('the token may not list runs: it must be of an owner of the repository');
  }
  if (listed.kind !== 'list') return listed;
  const runs = [...listed.entries];
  const gone: number[] = [];
  for (const { id } of runs) left.delete(id);
  for (const id of turnOf([...left], known?.revision ?? 0)) {
    const found = await client.get(`${path}/actions/runs/${id}`, parseRun);
    if (found.kind === 'answer') runs.push(found.value);
    else if (found.kind === 'not-found') gone.push(id);
    else return found;
  }
  return { kind: 'runs', isRead: true, runs, gone, remarks: [] };
}

/** Those whose turn it is, so that none is left out for ever. */
function turnOf(ids: readonly number[], revision: number): readonly number[] {
  const sorted = ids.toSorted((a, b) => a - b);
  const start = (revision * LONE_RUNS_LIMIT) % Math.max(1, sorted.length);
  return [...sorted.slice(start), ...sorted.slice(0, start)].slice(0, LONE_RUNS_LIMIT);
}

const RUN_PAGES = {
  parse: (body: unknown): Page<Run> => {
    const { runs, total } = parseRunPage(body);
    return { entries: runs, total };
  },
  keyOf: ({ id }: Run) => id,
};

function withoutRuns(why: string): RunsRead {
  return { kind: 'runs', isRead: false, runs: [], gone: [], remarks: [`has no pipeline metrics: ${why}`] };
}

function renamed(name: string, { fullName }: RepositoryAnswer): readonly string[] {
  if (fullName.toLowerCase() === name.toLowerCase()) return [];
  return [`is called ${fullName} now: its metrics keep the name that you gave`];
}

function replaced(known: RepositoryFact | undefined, isSame: boolean): readonly string[] {
  if (known === undefined || isSame) return [];
  return ['is another repository than before: its facts begin anew, and nothing of its past is counted'];
}

function mostOf(numbers: readonly (number | undefined)[]): number | undefined {
  let most: number | undefined;
  for (const number of numbers)
    if (number !== undefined && (most === undefined || number > most)) most = number;
  return most;
}
