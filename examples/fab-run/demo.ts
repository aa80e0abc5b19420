/**
 * Plays fab's role sessions in processes that end in every way there is, and checks that `ephemetry receive`
 * has every figure of them. Run it with `pnpm demo`; it takes about 20 seconds and leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drain, readSpoolStatus, type Verdict } from '@ephemetry/exporter';
import { compareTotals } from './src/compare-totals.ts';
import { ENDINGS, endingOf } from './src/endings.ts';
import { addGates, expectedTotals } from './src/expected-totals.ts';
import { prometheusTotals } from './src/prometheus-totals.ts';
import { freePort, type ReceiverProcess, startReceiver } from './src/receiver-process.ts';
import { type Recording, readRecordings } from './src/recording.ts';
import { type ProcessEnd, runProcess } from './src/run-process.ts';

/** Each process plays so many of the recordings, in parallel. */
const SESSIONS_PER_PROCESS = 3;
/** A look at what was received; the table at the end compares all of it. */
const SHOWN_METRIC = 'fab_session_outcomes_total';
const SHOWN_SERIES = 4;

const directory = mkdtempSync(join(tmpdir(), 'ephemetry-demo-'));
const spoolDir = join(directory, 'spool');
const port = await freePort();
const env = {
  PATH: process.env['PATH'],
  HOME: directory,
  EPHEMETRY_SPOOL_DIR: spoolDir,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://127.0.0.1:${port}/v1/metrics`,
};
const recordings = readRecordings();
const played: Recording[] = [];
let wrongEnds = 0;
let receiver: ReceiverProcess | undefined;

try {
  say(row('how it ended', 'status', 'extra time', 'what became of its batches'));
  await show('natural', 'runs to its end, receiver down');
  receiver = await startReceiver(port);
  for (const ending of Object.keys(ENDINGS)) await show(ending);

  const { delivered, spooled } = await drain({ spoolDir, endpoint: receiver.endpoint, env });
  say(`\ndrained what was left: ${delivered} batches delivered, ${spooled} left in the spool\n`);
  const isRight = (await isAllReceived(receiver)) && wrongEnds === 0;
  if (isRight) say('\nall that was measured arrived once; next: docs/guide/five-minute-start.md');
  process.exitCode = isRight ? 0 : 1;
} finally {
  await receiver?.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** One process with telemetry, and the same without: what differs is what telemetry takes. */
async function show(ending: string, description: string = endingOf(ending).description): Promise<void> {
  const chosen = nextRecordings();
  played.push(...chosen);
  const names = chosen.map(({ name }) => name);
  const bare = await runProcess(ending, names, { ...env, OTEL_SDK_DISABLED: 'true' }, directory);
  const before = waitingRuns();
  const measured = await runProcess(ending, names, env, directory);
  const extraMs = Math.max(0, measured.endMs - bare.endMs);
  const isRight = measured.status === endingOf(ending).expected && bare.status === measured.status;
  if (!isRight) wrongEnds += 1;
  const status = isRight ? String(measured.status) : `${measured.status}, without telemetry ${bare.status}!`;
  say(row(description, status, `${extraMs.toFixed(0)} ms`, fate(measured, before)));
}

function nextRecordings(): readonly Recording[] {
  const first = played.length % recordings.length;
  return Array.from(
    { length: SESSIONS_PER_PROCESS },
    (_, index) => recordings[(first + index) % recordings.length],
  ).filter((recording) => recording !== undefined);
}

function waitingRuns(): ReadonlySet<string> {
  return new Set(readSpoolStatus({ spoolDir }).files.map(({ runId }) => runId));
}

/** A process that is killed tells nothing; what it left is seen on the disk, where it may have delivered what others left. */
function fate({ verdict }: ProcessEnd, before: ReadonlySet<string>): string {
  if (verdict !== undefined) return describeVerdict(verdict);
  const left = readSpoolStatus({ spoolDir }).files.filter(({ runId }) => !before.has(runId));
  return `killed; ${left.reduce((sum, { batches }) => sum + batches, 0)} on disk`;
}

function describeVerdict(verdict: Verdict): string {
  const counts = [
    ['delivered', verdict.delivered],
    ['on disk', verdict.spooled],
    ['in doubt', verdict.inDoubt],
    ['rejected', verdict.rejected],
    ['lost', verdict.expired + verdict.unsent],
  ] as const;
  return counts
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

async function isAllReceived({ readPrometheusText }: ReceiverProcess): Promise<boolean> {
  const text = await readPrometheusText();
  showSome(text);
  const sent = addGates(expectedTotals(played), Object.keys(ENDINGS).length + 1);
  const metrics = compareTotals(sent, prometheusTotals(text));
  say(row('metric', 'sent', 'received', ''));
  for (const { name, sent, received, isEqual } of metrics)
    say(row(name, round(sent), round(received), isEqual ? 'equal, series by series' : 'DIFFERENT'));
  return metrics.every(({ isEqual }) => isEqual);
}

function showSome(text: string): void {
  const lines = text.split('\n').filter(isMeasured);
  const shown = lines.filter((line) => line.startsWith(SHOWN_METRIC)).slice(0, SHOWN_SERIES);
  say(`${lines.length} series in \`ephemetry receive\`, for example`);
  say(`${shown.join('\n')}\n`);
}

/** What is 0 was never measured; buckets and help are for machines. */
function isMeasured(line: string): boolean {
  return /^[^#]/.test(line) && !/_bucket\{| 0$/.test(line);
}

function round(value: number): string {
  return String(Number(value.toFixed(6)));
}

function row(first: string, second: string, third: string, fourth: string): string {
  return `${first.padEnd(36)}${second.padEnd(12)}${third.padEnd(12)}${fourth}`.trimEnd();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
