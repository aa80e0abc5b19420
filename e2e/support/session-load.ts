/** Senders of batches of one session, which never give a batch up: a load under which a gateway is killed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAB_METRICS } from '@ephemetry/contract';
import { waitFor } from '@ephemetry/testing';
import { type Gateway, sumOf } from './gateway.ts';
import { batchOf, counterOf, pointNow } from './hostile-requests.ts';
import { post } from './post.ts';
import { createRandom } from './random.ts';

const DUPLICATES = 0.1;
/** How many batches may be on their way. */
export const SENDERS = 8;
/** No catalogue knows it. */
export const UNCATALOGUED = 'rare_total';
const POINTS = 2;

/** Sends batches of one session and one event that no catalogue knows, each until it is taken, a tenth of them again. */
export interface SessionLoad {
  readonly sent: () => number;
  /** How many of the batches were taken since then, for the first time. Unix milliseconds. */
  readonly takenSince: (ms: number) => number;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when all that was begun is taken. */
  readonly end: () => Promise<void>;
}

/** Starts one; the same seed repeats the same batches. */
export function startSessionLoad(endpoint: string, seed: number): SessionLoad {
  const random = createRandom(seed);
  const takenAtMs: number[] = [];
  let sent = 0;
  let isReady = true;
  let isOver = false;
  const taken = async (body: string): Promise<boolean> => {
    if (!isReady) return false;
    return post(endpoint, body).then(
      ({ status }) => status === 200,
      () => false,
    );
  };
  const untilTaken = (body: string): Promise<void> =>
    waitFor(() => taken(body), { what: 'the gateway to take a batch', deadlineMs: 240_000 });
  const sender = async (): Promise<void> => {
    while (!isOver) {
      sent += 1;
      const body = sessionOf(`run-${seed}-${sent}`);
      await untilTaken(body);
      takenAtMs.push(Date.now());
      if (random() < DUPLICATES) await untilTaken(body);
    }
  };
  const loaded = Promise.all(Array.from({ length: SENDERS }, sender));
  return {
    sent: () => sent,
    takenSince: (ms) => takenAtMs.filter((at) => at >= ms).length,
    pause: () => {
      isReady = false;
    },
    resume: () => {
      isReady = true;
    },
    end: async () => {
      isOver = true;
      await loaded;
    },
  };
}

function sessionOf(run: string): string {
  const metrics = [
    counterOf(FAB_METRICS.agentSessions.name, pointNow({ asInt: '1' }, { role: 'product' })),
    counterOf(UNCATALOGUED, pointNow({ asInt: '1' })),
  ];
  return batchOf(run, metrics, { 'service.name': 'fab' });
}

/** Resolves when a restarted gateway has read all notes of what `startSessionLoad` sent; `directory` is the gateway's. */
export async function remembersSessions(gateway: Gateway, directory: string): Promise<void> {
  const noted = notedRuns(join(directory, 'seen')).size;
  const hasRead = async (): Promise<boolean> => {
    const own = await gateway.ownMetrics();
    const dropped = sumOf(own, 'otelcol_processor_filter_datapoints_filtered', /^filter.seen$/);
    // Of what is in the queue as well, the note may come second.
    const repeated = sumOf(own, 'otelcol_deltatocumulative_datapoints', /^delta.ErrOutOfOrder$/);
    return dropped + repeated >= noted * POINTS;
  };
  await waitFor(hasRead, { what: `the dedupe to remember ${noted} batches`, deadlineMs: 60_000 });
}

function notedRuns(directory: string): ReadonlySet<string> {
  const lines = readdirSync(directory).flatMap((file) =>
    readFileSync(join(directory, file), 'utf8').split('\n'),
  );
  const runs = lines.filter(isWhole).flatMap((line) => line.match(/"run-\d+-\d+"/g) ?? []);
  return new Set(runs);
}

/** A kill cuts the line off that is being written. */
function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
