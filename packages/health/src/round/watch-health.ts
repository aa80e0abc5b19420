/** Round after round, on a grid of times that nothing shifts. */
import { type RoundOptions, type RoundReport, runRound } from './run-round.ts';

/** What happens in rounds. */
export interface WatchHealthOptions extends RoundOptions {
  readonly intervalMs: number;
  /** Ends the rounds; the one that is under way is given up. */
  readonly stop: AbortSignal;
  /** Called after each round, and waited for. */
  readonly onRound: (report: RoundReport) => void | Promise<void>;
  /** Called when a round took so long that others did not take place. */
  readonly onOverrun: (overrun: Overrun) => void;
}

/** A round that was longer than the interval. */
export interface Overrun {
  readonly tookMs: number;
  /** Rounds that were due meanwhile and left out. */
  readonly missedRounds: number;
}

/** Runs rounds at `start + n × intervalMs` until it is stopped. One at a time: what was due meanwhile is left out and said. */
export async function watchHealth(options: WatchHealthOptions): Promise<void> {
  const { intervalMs, stop, onRound, onOverrun } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const startMs = nowMs();
  let turn = 0;
  while (!stop.aborted) {
    const beganMs = nowMs();
    const report = await runRound({ durationMs: intervalMs, ...options });
    if (stop.aborted) return;
    await onRound(report);
    const next = Math.max(turn + 1, Math.ceil((nowMs() - startMs) / intervalMs));
    const missedRounds = next - turn - 1;
    if (missedRounds > 0) onOverrun({ tookMs: nowMs() - beganMs, missedRounds });
    turn = next;
    await sleep(startMs + turn * intervalMs - nowMs(), stop);
  }
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
  });
}
