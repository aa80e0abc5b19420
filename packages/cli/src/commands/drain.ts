/** `ephemetry drain`: delivers what earlier runs left, once or until a signal. */
import { setTimeout as wait } from 'node:timers/promises';
import { type DrainOptions, type DrainReport, drain as drainSpool } from '@ephemetry/exporter';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';
import { drainLines } from './drain-lines.ts';
import { reportLedger } from './report-ledger.ts';

/** Options of the command. */
export interface DrainCommandOptions extends DrainOptions {
  readonly watch: boolean;
  /** Seconds from the end of one drain to the next. */
  readonly interval: number;
  readonly json: boolean;
}

/** Drains once, or again and again until a signal. */
export async function drain(options: DrainCommandOptions, output: Output): Promise<ExitCode> {
  const { watch, interval, json, ...drainOptions } = options;
  const show = json ? jsonPresentation(output) : textPresentation(output, options);
  if (watch) return watchSpool(drainOptions, interval, output, show);
  // Ended by a signal it gives the batch in flight its chance and tells what remains.
  using stop = listenForStop();
  return exitCodeOf(await drainAndReport({ ...drainOptions, signal: stop.signal }, show));
}

type Show = (report: DrainReport) => void;

/**
 *     drain ─▶ wait ─▶ drain ─▶ … ─▶ signal ─▶ drain once more ─▶ end
 *
 * The last one is for what the watched program wrote at its own end, at the same signal. Another signal
 * ends that too.
 */
async function watchSpool(
  options: DrainOptions,
  intervalSeconds: number,
  output: Output,
  show: Show,
): Promise<ExitCode> {
  using stop = listenForStop(output.readerGone);
  while (!stop.signal.aborted) {
    await drainAndReport(options, show);
    await waitOrStop(intervalSeconds * 1000, stop.signal);
  }
  using secondStop = listenForStop();
  return exitCodeOf(await drainAndReport({ ...options, signal: secondStop.signal }, show));
}

/** Shown before the ledger is sent: what the drain did is known by then. */
async function drainAndReport(options: DrainOptions, show: Show): Promise<DrainReport> {
  const report = await drainSpool(options);
  show(report);
  await reportLedger(report, options);
  return report;
}

async function waitOrStop(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    // Asked to stop: the caller sees it on the signal.
  }
}

function exitCodeOf(report: DrainReport): ExitCode {
  const { spooled, inDoubt, rejected, expired, unsent, abandoned, lostDataPoints } = report;
  const undelivered = spooled + inDoubt + rejected + expired + unsent + abandoned + lostDataPoints;
  return undelivered === 0 && report.failure === undefined ? EXIT_CODE.done : EXIT_CODE.failed;
}

function jsonPresentation(output: Output): Show {
  return (report) => output.printJson({ unixMs: Date.now(), ...report });
}

/** While watching, only what is news: a Collector that is down for an hour is said once. */
function textPresentation(output: Output, { watch, rejected = false }: DrainCommandOptions): Show {
  let told = '';
  return (report) => {
    const { result, notes } = drainLines(report, { rejected });
    const text = [result, ...notes].join('\n');
    const isNews = report.delivered > 0 || text !== told;
    told = text;
    if (watch && !isNews) return;
    output.print(`${result}\n`);
    for (const note of notes) output.printError(`${note}\n`);
  };
}
