/**
 * Collects on a grid of times, and in between when somebody asks for a repository. One collect at a time: what is asked for
 * meanwhile is collected once, after it.
 */

/** How the loop collects. */
export interface CollectLoopOptions {
  readonly intervalMs: number;
  /** Ends the loop. */
  readonly stop: AbortSignal;
  /** @param names undefined for all */
  readonly collect: (names: ReadonlySet<string> | undefined) => Promise<void>;
  /** Asked for again and again, a repository is collected no more often than this. @default 1000 */
  readonly pauseMs?: number;
  /** @default performance.now */
  readonly nowMs?: () => number;
}

/** A loop that runs. */
export interface CollectLoop {
  /** Collects a repository soon. */
  readonly trigger: (name: string) => void;
  /** Resolves when the loop was stopped and the last collect is over. */
  readonly ended: Promise<void>;
}

const PAUSE_MS = 1_000;

/** Starts with a collect of all. */
export function startCollectLoop(options: CollectLoopOptions): CollectLoop {
  const { intervalMs, stop, collect, pauseMs = PAUSE_MS, nowMs = () => performance.now() } = options;
  const asked = new Set<string>();
  let wake = (): void => {};
  const run = async (): Promise<void> => {
    const startMs = nowMs();
    let turn = 0;
    let earliestMs = startMs;
    while (!stop.aborted) {
      const dueMs = startMs + turn * intervalMs;
      const isDue = nowMs() >= dueMs;
      if (isDue || (asked.size > 0 && nowMs() >= earliestMs)) {
        const names = isDue ? undefined : new Set(asked);
        asked.clear();
        await collect(names);
        earliestMs = nowMs() + pauseMs;
        if (isDue) turn = Math.max(turn + 1, Math.ceil((nowMs() - startMs) / intervalMs));
        continue;
      }
      const next = asked.size > 0 ? Math.min(dueMs, earliestMs) : dueMs;
      await waitOrWake(next - nowMs());
    }
  };
  const waitOrWake = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        stop.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(1, ms));
      wake = end;
      stop.addEventListener('abort', end);
      if (stop.aborted) end();
    });
  return {
    trigger: (name) => {
      asked.add(name);
      wake();
    },
    // Not before the caller has the loop.
    ended: Promise.resolve().then(run),
  };
}
