/** One collect: every repository is read and its facts are moved, a few at a time; one that fails stops no other. */
import { randomUUID } from 'node:crypto';
import {
  createForgeClient,
  type ForgeClient,
  type ForgeServer,
  type RequestOutcome,
} from '../api/forge-client.ts';
import { describeForgeFailure, type ForgeFailure } from '../api/forge-failure.ts';
import { type ForgeMeasurement, requestMeasurements } from '../facts/measurement.ts';
import type { ForgeRepository } from '../forge-repository.ts';
import {
  describeHistoryFault,
  type ForgeBatch,
  type ForgeHistory,
  insertBatch,
} from '../history/forge-history.ts';
import { moveFacts, Overtaken } from '../history/move-facts.ts';
import { addToTotals } from '../history/totals.ts';
import { readRepository } from './read-repository.ts';
import type { RepositoryReading } from './repository-reading.ts';

/** What is collected, and where its facts are. */
export interface CollectOptions {
  readonly server: ForgeServer;
  readonly repositories: readonly ForgeRepository[];
  readonly history: ForgeHistory;
  /**
   * Whether what is counted becomes batches that somebody sends, see `ForgeHistory.batches`, or only adds to the sums that
   * somebody scrapes.
   */
  readonly delivery: 'push' | 'scrape';
  /** Gives up what is under way. @default never */
  readonly stop?: AbortSignal;
  /** @default Date.now */
  readonly nowMs?: () => number;
  /** Names a batch. @default a random UUID */
  readonly newId?: () => string;
}

/** What became of a repository. */
export type RepositoryOutcome =
  | {
      readonly kind: 'collected';
      readonly name: string;
      /** The first collect counts nothing. */
      readonly isFirst: boolean;
      /** How many events were counted. */
      readonly events: number;
      readonly remarks: readonly string[];
    }
  | { readonly kind: 'failed'; readonly name: string; readonly failure: ForgeFailure };

/** A collect that is over. */
export interface CollectReport {
  readonly repositories: readonly RepositoryOutcome[];
  readonly requests: ReadonlyMap<RequestOutcome, number>;
  /** Why the requests could not be counted. */
  readonly problem: string | undefined;
}

/** A forge is asked so many things at a time. */
const AT_ONCE = 4;

/**
 * Collects once.
 *
 * @example
 * ```ts
 * const opened = await openForgeHistory('./forge-history', { version: '1.0.0' });
 * if (opened.kind !== 'open') throw new Error(opened.message);
 * const { history } = opened;
 * const server = { url: 'http://127.0.0.1:3000', token: () => process.env['FORGE_TOKEN'] };
 * const report = await collectForge({ server, repositories: [{ name: 'team/app' }], history, delivery: 'push' });
 * for (const outcome of report.repositories) console.log(describeOutcome(outcome));
 * await history.close();
 * ```
 */
export async function collectForge(options: CollectOptions): Promise<CollectReport> {
  const { server, repositories, history, stop = new AbortController().signal } = options;
  const requests = new Map<RequestOutcome, number>();
  const client = createForgeClient({
    server,
    stop,
    onRequest: (outcome) => requests.set(outcome, (requests.get(outcome) ?? 0) + 1),
  });
  const left = [...repositories];
  const outcomes = new Map<string, RepositoryOutcome>();
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      outcomes.set(next.name, await collectOne(next, client, options));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return {
    repositories: repositories.flatMap(({ name }) => outcomes.get(name) ?? []),
    requests,
    problem: await guarded(history, () => countRequests(requests, options)),
  };
}

async function collectOne(
  repository: ForgeRepository,
  client: ForgeClient,
  options: CollectOptions,
): Promise<RepositoryOutcome> {
  const { name } = repository;
  const { history, server, nowMs = Date.now, newId = randomUUID } = options;
  let outcome: RepositoryOutcome | undefined;
  const problem = await guarded(history, async () => {
    const known = await history.repository(name);
    const reading = await readRepository({
      ...{ client, name, known, nowMs },
      server: serverKey(server.url),
      openNumbers: (kinds) => history.openNumbers(name, kinds),
      unfinishedRunIds: await history.unfinishedRunIds(name),
      dispatch: repository.dispatch,
      stage: () => history.stage(newId(), repository),
    });
    if (reading.kind !== 'reading') {
      outcome = { kind: 'failed', name, failure: reading };
      return;
    }
    const measurements = await move(repository, known, reading, options);
    const { remarks, staged } = reading;
    const events = measurements.filter(({ key }) => key !== 'changeMerge').length;
    outcome = { kind: 'collected', name, isFirst: staged !== undefined, events, remarks };
  });
  if (outcome !== undefined) return outcome;
  const failure: ForgeFailure =
    problem === undefined ? { kind: 'overtaken' } : { kind: 'history', detail: problem };
  return { kind: 'failed', name, failure };
}

async function move(
  repository: ForgeRepository,
  known: Parameters<typeof moveFacts>[2],
  reading: RepositoryReading,
  options: CollectOptions,
): Promise<readonly ForgeMeasurement[]> {
  return await options.history.transaction(async (statements) => {
    const measurements = await moveFacts(statements, repository, known, reading);
    await addToTotals(statements, measurements);
    const batch = batchOf(measurements, options);
    if (batch !== undefined) await insertBatch(statements, batch);
    return measurements;
  });
}

async function countRequests(
  requests: ReadonlyMap<RequestOutcome, number>,
  options: CollectOptions,
): Promise<void> {
  const measurements = requestMeasurements(requests);
  if (measurements.length > 0) await options.history.count(measurements, batchOf(measurements, options));
}

function batchOf(
  measurements: readonly ForgeMeasurement[],
  { delivery, nowMs = Date.now, newId = randomUUID }: CollectOptions,
): ForgeBatch | undefined {
  if (delivery === 'scrape' || measurements.length === 0) return undefined;
  return { id: newId(), madeMs: nowMs(), measurements };
}

/** @returns what is wrong with the history; undefined when all is well, or another collector was faster */
async function guarded(history: ForgeHistory, work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Overtaken) return undefined;
    const problem = describeHistoryFault(error, history);
    if (problem === undefined) throw error;
    return problem;
  }
}

/** One server, however its address is written. */
function serverKey(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** In words, for one line. */
export function describeOutcome(outcome: RepositoryOutcome): string {
  const { name } = outcome;
  if (outcome.kind === 'failed') return `${name} was not collected: ${describeForgeFailure(outcome.failure)}`;
  if (outcome.isFirst) return `${name} was collected for the first time: what happens from now on is counted`;
  return `${name} was collected: ${outcome.events} ${outcome.events === 1 ? 'event' : 'events'}`;
}
