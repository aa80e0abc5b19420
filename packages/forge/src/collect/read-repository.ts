/**
 * Reads what may have changed of one repository:
 *
 *     repository ─▶ items that changed ─▶ runs that are new or were not finished
 */
import { parseRepository, parseRun, parseRunPage, type RepositoryAnswer, type Run } from '../api/answers.ts';
import type { ForgeClient } from '../api/forge-client.ts';
import type { ForgeFailure } from '../api/forge-failure.ts';
import { type Page, readPages } from '../api/read-pages.ts';
import { ruleText } from '../facts/dispatch-rule.ts';
import type { RepositoryFact } from '../facts/facts.ts';
import { ITEM_KINDS, type ItemKind, isOn } from '../facts/item-kind.ts';
import type { DispatchRule } from '../forge-repository.ts';
import type { StagedFacts, Staging } from '../history/staging.ts';
import { mostOf } from './most-of.ts';
import { readItems } from './read-items.ts';
import type { RepositoryReading } from './repository-reading.ts';

/** What is known before, and who is asked. */
export interface ReadRepositoryOptions {
  readonly client: ForgeClient;
  readonly name: string;
  /** Where the forge is. */
  readonly server: string;
  /** Undefined for a repository that is new here. */
  readonly known: RepositoryFact | undefined;
  readonly openNumbers: (kinds: readonly ItemKind[]) => Promise<readonly number[]>;
  readonly unfinishedRunIds: readonly number[];
  readonly dispatch: DispatchRule | undefined;
  /** Where the pages of a repository go that is new here. */
  readonly stage: () => Promise<Staging>;
  readonly nowMs: () => number;
}

/** Of unfinished runs that are behind the newest pages so many need no further page. */
const FEW_RUNS = 5;
/** So many are asked for one by one; of more, others with each collect. */
const LONE_RUNS_LIMIT = 20;

/** Reads one repository. */
export async function readRepository(
  options: ReadRepositoryOptions,
): Promise<RepositoryReading | ForgeFailure> {
  const { client, name, server, nowMs } = options;
  const startedMs = nowMs();
  const answer = await client.get(pathOf(name), parseRepository);
  if (answer.kind !== 'answer') return answer;
  const repository = answer.value;
  const isSame = options.known?.server === server && options.known.forgeId === repository.id;
  const known = isSame ? options.known : undefined;
  const forgeNowMs = answer.forgeNowMs ?? startedMs;
  const path = pathOf(repository.fullName);
  const staging = known === undefined ? await options.stage() : undefined;
  const items = await readItems({ ...options, path, repository, known, staging, forgeNowMs, startedMs });
  if (items.kind !== 'items') return items;
  const runs = await readRuns(path, repository, known, staging, options);
  if (runs.kind !== 'runs') return runs;
  return {
    kind: 'reading',
    staged: staging === undefined ? undefined : { id: staging.id, items: items.staged, runs: runs.staged },
    items: items.items,
    runs: runs.runs,
    goneNumbers: items.gone,
    goneRunIds: runs.gone,
    remarks: [
      ...renamed(name, repository),
      ...items.remarks,
      ...replaced(options.known, isSame),
      ...hiddenRemarks(repository, items.kinds, known),
      ...(known === undefined || known.hasRuns ? runs.remarks : []),
    ],
    fact: {
      name,
      server,
      forgeId: repository.id,
      revision: (options.known?.revision ?? 0) + 1,
      filledNumber: known?.filledNumber ?? items.newestNumber,
      filledRunId: runs.isRead ? (known?.filledRunId ?? runs.newestId) : known?.filledRunId,
      watermarkMs: mostOf([known?.watermarkMs, items.watermarkMs]),
      newestRunId: mostOf([known?.newestRunId, runs.newestId]) ?? 0,
      forgeNowMs,
      collectedMs: startedMs,
      hasIssues: items.kinds.includes('issue'),
      hasChanges: items.kinds.includes('change'),
      hasRuns: runs.isRead,
      dispatchRule: ruleText(options.dispatch),
      unlisted: items.unlisted,
    },
  };
}

function pathOf(name: string): string {
  return `/repos/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** That there are none is said once, when it is found. */
interface RunsRead {
  readonly kind: 'runs';
  /** Whether the forge has runs, and shows them. */
  readonly isRead: boolean;
  readonly runs: readonly Run[];
  readonly newestId: number;
  readonly staged: StagedFacts['runs'];
  readonly gone: readonly number[];
  readonly remarks: readonly string[];
}

async function readRuns(
  path: string,
  { hasRuns }: RepositoryAnswer,
  known: RepositoryFact | undefined,
  staging: Staging | undefined,
  { client, unfinishedRunIds }: ReadRepositoryOptions,
): Promise<RunsRead | ForgeFailure> {
  if (!hasRuns) return withoutRuns('its pipelines are switched off');
  const filledRunId = known?.filledRunId;
  const left = new Set(filledRunId === undefined ? [] : unfinishedRunIds);
  const isEnough = (read: ReadonlySet<number>, page: readonly Run[]): boolean => {
    if (filledRunId === undefined) return false;
    // Ids grow, and a list begins with the newest: with one that was there at the last collect all new ones are read.
    const hasReachedKnown = [...read].some((id) => id <= (known?.newestRunId ?? 0));
    const isBehind = [...left].filter((id) => !read.has(id)).length > FEW_RUNS;
    // Runs that wait stand together; those that never end may be hundreds of pages away.
    return hasReachedKnown && !(isBehind && page.some(({ id }) => left.has(id)));
  };
  const taken = staging === undefined ? {} : { take: staging.runs };
  const listed = await readPages({ client, path: `${path}/actions/runs`, ...RUN_PAGES, isEnough, ...taken });
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
  return {
    ...{ kind: 'runs', isRead: true, runs, gone, remarks: [] },
    newestId: mostOf([...listed.keys]) ?? 0,
    staged: { fromReading: listed.fromReading, count: listed.keys.size },
  };
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
  return {
    ...{ kind: 'runs', isRead: false, runs: [], gone: [], newestId: 0 },
    ...{ staged: { fromReading: 0, count: 0 }, remarks: [`has no pipeline metrics: ${why}`] },
  };
}

function renamed(name: string, { fullName }: RepositoryAnswer): readonly string[] {
  if (fullName.toLowerCase() === name.toLowerCase()) return [];
  return [`is called ${fullName} now: its metrics keep the name that you gave`];
}

function replaced(known: RepositoryFact | undefined, isSame: boolean): readonly string[] {
  if (known === undefined || isSame) return [];
  return ['is another repository than before: its facts begin anew, and nothing of its past is counted'];
}

/** Said once, when it is found. */
function hiddenRemarks(
  repository: RepositoryAnswer,
  visible: readonly ItemKind[],
  known: RepositoryFact | undefined,
): readonly string[] {
  return ITEM_KINDS.filter((kind) => isOn(kind, repository) && !visible.includes(kind))
    .filter((kind) => known === undefined || isOn(kind, known))
    .map((kind) => `has no metrics of ${kind}s: the token may not see them`);
}
