/** The figures as people and machines read them. */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { barCells, toJson as medianJson, rounded, table } from '../scripts/figure.ts';
import type { Figure } from './figure.ts';
import { describeShortfalls } from './shortfalls.ts';

/** One array of `{name, value, unit, bar}`: the medians. */
export function toJson(figures: readonly Figure[]): string {
  return medianJson(figures.map((figure) => ({ ...figure, value: figure.spread.median })));
}

/** A Markdown table, aligned for terminals. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, spread: { min, median, max, runs }, bar }) => {
    const { limit, goFor, verdict } = barCells(median, bar);
    const ofBar = bar === undefined || bar.limit === 0 ? '' : rounded(median / bar.limit);
    const range = `${rounded(min)} … ${rounded(max)}`;
    return [name, rounded(median), unit, limit, goFor, ofBar, verdict, range, `${runs}`];
  });
  return table(['figure', 'median', 'unit', 'bar', 'go for', 'value / bar', '', 'min … max', 'runs'], rows);
}

/** The page `docs/performance.md`. */
export function toPage(
  figures: readonly Figure[],
  barred: readonly Figure[] = figures.filter(({ bar }) => bar),
): string {
  const others = figures.filter(({ bar }) => bar === undefined);
  return `<!-- Written by \`pnpm bench\`. Do not edit. -->
# What it costs

A session is what one role session of fab records: every session metric of the contract, nine measurements.

## Held to a bar

${toTable(barred)}
## What falls short, and why

${describeShortfalls(figures)}

## For comparison

${toTable(others)}
## What each figure means

${figures.map(({ name, meaning }) => `- \`${name}\`: ${meaning}.`).join('\n')}

## How it is measured

- Whole processes. The compared programs run in turns (A B C A B C …) after one round that only warms up, and
  what is compared are the runs of one round: a machine that slows down slows all of them down. A value is the
  median; the smallest and the largest stand beside it.
- Baselines belong to the same run: bare Node is an empty program; the raw POST is one \`node:http\` request of the
  bytes that the exporter sends for a session; the OpenTelemetry SDK is \`MeterProvider\`,
  \`PeriodicExportingMetricReader\` and \`OTLPMetricExporter\` (JSON), with \`await provider.shutdown()\` at the end.
- The Collector is a process of its own: one that answers at once, a port that refuses, one that never answers.
- Nothing is fast by losing: a run counts when its batch is at the Collector or, where that is away, in the spool.
- Every process has a new, empty spool in the temporary directory.
- Peak memory is \`VmHWM\` of \`/proc/self/status\` on Linux, \`resourceUsage().maxRSS\` elsewhere.

Measured with Node ${process.versions.node} on ${process.platform} ${process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; ${machineLoad()}.
Times depend on the machine; ratios less so. \`pnpm bench\` measures yours.
`;
}

/** A reader must be able to tell a quiet machine from a busy one. */
function machineLoad(): string {
  const [lastMinute = 0] = loadavg();
  return `load average of the last minute ${lastMinute.toFixed(1)}, the bench's own processes included`;
}
