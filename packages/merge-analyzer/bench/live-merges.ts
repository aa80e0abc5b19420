/** Merges as they happen: an orchestrator's transactions on one connection, and a watch that hears of them. */
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { type WatchEvent, watchMerges } from '../src/index.ts';
import type { History } from './history.ts';

/** Times of one history, in milliseconds, a sample each merge. */
export interface LiveMerges {
  /** Begin, insert of the merge event, update of the work item, commit; in tables that nobody watches. */
  readonly plain: readonly number[];
  /** From the acknowledged commit of a merge to the watch's word that what follows is committed. */
  readonly followed: readonly number[];
  /** From the begin of a merge's transaction to that word. */
  readonly endToEnd: readonly number[];
  /** Writes and follows so many more. */
  readonly run: (merges: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A service that has run for a minute: its code is compiled, its windows are loaded. */
const WARM_UP_MERGES = 100;

/** Starts the watch of a history, and warms all of it up. */
export async function startLiveMerges(url: string, history: History): Promise<LiveMerges> {
  const watched = openPostgresql({ url, ...history.schemas });
  const stop = new AbortController();
  let word = createWord();
  const watching = watchMerges(watched, {
    signal: stop.signal,
    onEvent: (event: WatchEvent) => {
      if (event.kind === 'ready' || (event.kind === 'analyzed' && event.analyzed.merges > 0)) {
        word.resolve(performance.now());
      }
      if (event.kind === 'disconnected') word.reject(new Error(event.detail));
    },
  });
  watching.catch((error: unknown) => word.reject(error));
  await word.promise;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const [plain, followed, endToEnd]: [number[], number[], number[]] = [[], [], []];
  const name = Math.random().toString(36).slice(2);
  let merges = 0;
  const runOne = async (isCounted: boolean): Promise<void> => {
    merges += 1;
    const workItemId = `live-${name}-${merges}`;
    for (const schema of [history.twinSchema, history.schemas.orchestratorSchema]) {
      await client.query(`insert into "${schema}".work_items (id, phase) values ($1, 'review')`, [
        workItemId,
      ]);
    }
    const alone = performance.now();
    await merge(client, history.twinSchema, workItemId);
    const begun = performance.now();
    word = createWord();
    await merge(client, history.schemas.orchestratorSchema, workItemId, `notify "${CHANNEL}"`);
    const committed = performance.now();
    const told = await word.promise;
    if (!isCounted) return;
    plain.push(begun - alone);
    followed.push(told - committed);
    endToEnd.push(told - begun);
  };
  for (let index = 0; index < WARM_UP_MERGES; index += 1) await runOne(false);
  return {
    plain,
    followed,
    endToEnd,
    run: async (count) => {
      for (let index = 0; index < count; index += 1) await runOne(true);
    },
    stop: async () => {
      stop.abort();
      await watching;
      await watched.close();
      await client.end();
    },
  };
}

/** A promise of a time, and the way to keep it. */
function createWord() {
  let resolve = (_: number): void => {};
  let reject = (_: unknown): void => {};
  const promise = new Promise<number>((kept, broken) => {
    resolve = kept;
    reject = broken;
  });
  return { promise, resolve, reject };
}

const CHANNEL = 'events_outbox';

async function merge(client: pg.Client, schema: string, workItemId: string, last?: string): Promise<void> {
  const payload = { target: 'merged', attempts: 1, last_verdict: null, project: 'project-1' };
  await client.query('begin');
  await client.query(
    `insert into "${schema}".events_outbox (kind, work_item_id, payload) values ('work_item.transition', $1, $2)`,
    [workItemId, payload],
  );
  await client.query(`update "${schema}".work_items set phase = 'merged', merged_at = now() where id = $1`, [
    workItemId,
  ]);
  if (last !== undefined) await client.query(last);
  await client.query('commit');
}
