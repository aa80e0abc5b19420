/** `ephemetry drain`: delivers what earlier runs left, once or until a signal. */
import { setTimeout as wait } from 'node:timers/promises';
import { type DrainOptions, type DrainReport, drain } from '@ephemetry/exporter';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, object } from '../command-line/json-schema.ts';
import { flag, optional } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import { wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { DRAIN_REPORT } from '../drain/delivery-json.ts';
import { DELIVERY_OPTIONS, type DeliveryValues } from '../drain/delivery-options.ts';
import { drainLines } from '../drain/drain-lines.ts';
import { reportLedger } from '../drain/report-ledger.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

const INTERVAL_DEFAULT_SECONDS = 5;

export const verb: Verb = defineVerb({
  name: 'drain',
  summary: 'Deliver what earlier runs left in the spool.',
  help: `Does not touch batches of programs that are still running. What you do not set here comes from the environment, as with the exporter (EPHEMETRY_SPOOL_DIR, OTEL_EXPORTER_OTLP_*).

What a Collector rejects is kept in rejected/ with the reason. After you have fixed the reason, --rejected sends each one once more; what is rejected again stays there, with the new reason.

What was sent and never answered is in doubt: it may have arrived. EPHEMETRY_IN_DOUBT (resend, keep or drop) says what becomes of it; --in-doubt sends it; a receiver that does not recognise repeats may count it twice.

A half-written line of a killed run is reported; it was never a batch. With --watch the exit code is that of the last drain.`,
  examples: [
    'ephemetry drain',
    'ephemetry drain --endpoint http://localhost:4318/v1/metrics --json',
    'ephemetry drain --watch --interval 10',
    'ephemetry drain --rejected',
  ],
  exits: {
    done: 'all delivered or nothing to do',
    failed: 'not everything was delivered: something waits, was rejected, was given up or was removed',
  },
  options: {
    watch: flag('go on until a signal, then drain once more'),
    interval: optional(
      'seconds',
      'with --watch: pause between two drains',
      wholeNumber(1, 86_400),
      String(INTERVAL_DEFAULT_SECONDS),
    ),
    rejected: flag('send once more what a Collector had rejected, instead of what waits', {
      conflicts: ['watch'],
    }),
    inDoubt: flag('also send batches that are in doubt, whatever EPHEMETRY_IN_DOUBT says', {
      conflicts: ['rejected'],
    }),
    json: flag('print one JSON line for each drain'),
    ...DELIVERY_OPTIONS,
  },
  json: object('A drain, when it has ended.', {
    unix_ms: integer('When that was, in milliseconds since 1970.'),
    ...DRAIN_REPORT,
  }),
  fault: ({ watch, interval }) => (interval !== undefined && !watch ? '--interval needs --watch' : undefined),
  run: runDrain,
});

interface Values extends DeliveryValues {
  readonly watch: boolean;
  /** Seconds from the end of one drain to the next; undefined for the default. */
  readonly interval: number | undefined;
  readonly rejected: boolean;
  readonly inDoubt: boolean;
  readonly json: boolean;
}

async function runDrain(values: Values, output: Output): Promise<ExitCode> {
  const {
    watch,
    interval = INTERVAL_DEFAULT_SECONDS,
    json,
    rejected,
    inDoubt,
    spoolDir,
    endpoint,
    timeoutMs,
  } = values;
  const options = { rejected, inDoubt, ...present({ spoolDir, endpoint, timeoutMs }) };
  const show = json ? jsonPresentation(output) : textPresentation(output, values);
  if (watch) return watchSpool(options, interval, output, show);
  // Ended by a signal it gives the batch in flight its chance and tells what remains.
  using stop = listenForStop();
  return exitCodeOf(await drainAndReport({ ...options, signal: stop.signal }, show));
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
  const report = await drain(options);
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
  const { spooled, inDoubt, rejected, expired, unsent, abandoned, lostDataPoints, newerFiles } = report;
  const undelivered =
    spooled + inDoubt + rejected + expired + unsent + abandoned + lostDataPoints + newerFiles;
  return undelivered === 0 && report.failure === undefined ? EXIT_CODE.done : EXIT_CODE.failed;
}

function jsonPresentation(output: Output): Show {
  return (report) => output.printJson({ unixMs: Date.now(), ...report });
}

/** While watching, only what is news: a Collector that is down for an hour is said once. */
function textPresentation(output: Output, { watch, rejected }: Values): Show {
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
