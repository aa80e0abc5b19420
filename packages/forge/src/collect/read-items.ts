/**
 * Reads the issues and changes of a repository that may have changed:
 *
 *     items changed since the watermark ─▶ is so much open as we think?
 *                                           └ no: what is open, one by one
 *
 * Items are asked for by their last change, from a little before the newest change that is known. That mark is the forge's own
 * time, so no clock but the forge's matters; and it comes from the first page of a list, as what changed while later pages were
 * read changed after the first one.
 */
import { type Item, parseItem, parseItems, type RepositoryAnswer } from '../api/answers.ts';
import type { ForgeClient } from '../api/forge-client.ts';
import type { ForgeFailure } from '../api/forge-failure.ts';
import { type Page, type PagesOptions, readPages } from '../api/read-pages.ts';
import { ruleChange, ruleText } from '../facts/dispatch-rule.ts';
import type { RepositoryFact } from '../facts/facts.ts';
import { DISPATCH_WINDOW_MS } from '../facts/forge-reading.ts';
import { ITEM_KINDS, type ItemKind, isOn } from '../facts/item-kind.ts';
import type { DispatchRule } from '../forge-repository.ts';
import type { StagedFacts, Staging } from '../history/staging.ts';
import { mostOf } from './most-of.ts';

/** A change that a transaction wrote down is seen when that ends; and an index that is not the database's is late. */
const OVERLAP_MS = 60_000;
/** What is open here and not there is asked for one by one; of more the next collect asks. */
const MISSING_LIMIT = 50;

/** What is known before, and who is asked. */
export interface ReadItemsOptions {
  readonly client: ForgeClient;
  /** Of the repository, below `/api/v1`. */
  readonly path: string;
  readonly repository: RepositoryAnswer;
  /** Undefined for a repository that is new here. */
  readonly known: RepositoryFact | undefined;
  /** Takes the pages of a repository that is new here. */
  readonly staging: Staging | undefined;
  readonly dispatch: DispatchRule | undefined;
  readonly openNumbers: (kinds: readonly ItemKind[]) => Promise<readonly number[]>;
  /** The forge's clock before anything was read, and ours. */
  readonly forgeNowMs: number;
  readonly startedMs: number;
}

/** What was read. */
export interface ItemsRead {
  readonly kind: 'items';
  /** Of what the token may see. */
  readonly kinds: readonly ItemKind[];
  readonly items: readonly Item[];
  readonly gone: readonly number[];
  readonly watermarkMs: number | undefined;
  readonly newestNumber: number;
  readonly staged: StagedFacts['items'];
  /** So many open ones the forge counts and does not list. */
  readonly unlisted: number;
  readonly remarks: readonly string[];
}

const NO_ITEMS: ItemsRead = {
  ...{ kind: 'items', kinds: [], items: [], gone: [], watermarkMs: undefined, unlisted: 0, remarks: [] },
  ...{ newestNumber: 0, staged: { fromReading: 0, count: 0 } },
};

/** Reads them. */
export async function readItems(options: ReadItemsOptions): Promise<ItemsRead | ForgeFailure> {
  const { client, path, repository, known, openNumbers } = options;
  const kinds = ITEM_KINDS.filter((kind) => isOn(kind, repository));
  if (kinds.length === 0) return NO_ITEMS;
  const seen = new Set<ItemKind>();
  const changed = await readPages({
    ...{ client, path: `${path}/issues?state=all${since(options)}` },
    ...ITEM_PAGES,
    ...takenBy(options.staging, seen),
  });
  if (changed.kind !== 'list') return changed;
  const isDoubtful = (kind: ItemKind): boolean =>
    known === undefined ? !seen.has(kind) : !isOn(kind, known);
  const visible = await visibleKinds(client, path, kinds.filter(isDoubtful), kinds);
  if ('kind' in visible) return visible;
  const watermarkMs = mostOf(changed.firstPage.map(({ updatedMs }) => updatedMs));
  const read: ItemsRead = {
    ...{ kind: 'items', kinds: visible, items: changed.entries, gone: [], watermarkMs },
    newestNumber: mostOf([...changed.keys]) ?? 0,
    staged: { fromReading: changed.fromReading, count: changed.keys.size },
    unlisted: known?.unlisted ?? 0,
    remarks: [],
  };
  if (known === undefined) return { ...read, remarks: unlistedRemarks(changed.unlisted) };
  // What is switched off is not listed and not found, but it is not gone.
  return await withMissing(client, path, new Set(await openNumbers(visible)), read);
}

function takenBy(staging: Staging | undefined, seen: Set<ItemKind>): Pick<PagesOptions<Item>, 'take'> {
  if (staging === undefined) return {};
  return {
    take: async (page, reading) => {
      for (const { kind } of page) seen.add(kind);
      await staging.items(page, reading);
    },
  };
}

function unlistedRemarks(count: number): readonly string[] {
  if (count === 0) return [];
  return [`has ${count} issues or changes that the forge counts and does not list: they are left out`];
}

/** A list lacks what the token may not see, as if there was none: who asks for that alone is refused. */
async function visibleKinds(
  client: ForgeClient,
  path: string,
  doubtful: readonly ItemKind[],
  kinds: readonly ItemKind[],
): Promise<readonly ItemKind[] | ForgeFailure> {
  const hidden = new Set<ItemKind>();
  for (const kind of doubtful) {
    const type = kind === 'issue' ? 'issues' : 'pulls';
    const one = await client.get(`${path}/issues?type=${type}&state=all&page=1&limit=1`, parseItems);
    if (one.kind === 'not-found') hidden.add(kind);
    else if (one.kind !== 'answer') return one;
  }
  return kinds.filter((kind) => !hidden.has(kind));
}

/**
 * In whole seconds, as a forge reads it. Where its clock was set back, from when the last collect began by the clock that it has
 * now: what changed since carries times before the mark. Where another dispatch rule was declared, from as far back as what was
 * handed over is shown: handing an issue over changes it.
 */
function since({ known, dispatch, forgeNowMs, startedMs }: ReadItemsOptions): string {
  if (known?.watermarkMs === undefined) return '';
  const elapsedMs = Math.max(0, startedMs - known.collectedMs);
  const isRuleNew = ruleChange(known.dispatchRule, ruleText(dispatch)) !== 'none';
  const shownMs = isRuleNew ? forgeNowMs - DISPATCH_WINDOW_MS : Number.POSITIVE_INFINITY;
  const fromMs = Math.min(known.watermarkMs, forgeNowMs - elapsedMs, shownMs) - OVERLAP_MS;
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
  if (one.total === undefined || one.total - read.unlisted === open.size) return read;
  const listed = await readPages({ client, path: `${path}/issues?state=open`, ...ITEM_PAGES });
  if (listed.kind !== 'list') return listed;
  const there = new Set(listed.entries.map(({ number }) => number));
  const missing = [...open].filter((number) => !there.has(number)).slice(0, MISSING_LIMIT);
  const { unlisted } = listed;
  const remarks = unlisted === read.unlisted ? [] : unlistedRemarks(unlisted);
  const items = [...read.items.filter(({ number }) => !there.has(number)), ...listed.entries];
  const gone: number[] = [];
  for (const number of missing) {
    const found = await client.get(`${path}/issues/${number}`, parseItem);
    if (found.kind === 'answer') items.push(found.value);
    else if (found.kind === 'not-found') gone.push(number);
    else return found;
  }
  const whole = {
    ...read,
    unlisted,
    remarks,
    items: [...new Map(items.map((item) => [item.number, item])).values()],
  };
  if (gone.length === 0) return whole;
  const kinds = await visibleKinds(client, path, read.kinds, read.kinds);
  if ('kind' in kinds) return kinds;
  return kinds.length === read.kinds.length ? { ...whole, gone } : { ...whole, kinds };
}
