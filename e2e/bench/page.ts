/** The gateway's part of docs/performance.md; the rest of the page is somebody else's. */
import { availableParallelism, loadavg } from 'node:os';
import { type Figure, rounded, table, toTable } from '../../scripts/figure.ts';
import { writePart } from '../../scripts/performance-page.ts';

/** Replaces the gateway's part of the page. */
export function writeGatewayPart(figures: readonly Figure[]): void {
  writePart('pnpm bench:gateway', toPart(figures));
}

function toPart(figures: readonly Figure[]): string {
  const [lastMinute = 0] = loadavg();
  return `## The gateway

Written by \`pnpm bench:gateway\`. A batch is a run of its own with five counters and a histogram; the gateway is the shipped one, with
the memory settings of its manifest, its queue on disk and a scrape every 15 s.

${toTable(figures)}
### What each part costs

Processor time for a batch when one part is left out or changed; what a part costs is the difference to the whole.

${partsTable(figures)}
### What each of these figures means

${figures.map(({ name, meaning }) => `- \`${name}\`: ${meaning}.`).join('\n')}

- The generator writes prepared requests to open sockets, ${rounded(figureOf(figures, 'gateway.generator.ceiling'))} a second against a server that only answers, and shares
  the cores with the gateway. Every figure of batches counts only if the totals were exact.
- Variants run in turns, and a value is a median: a machine that slows down slows all of them down.

Measured on ${availableParallelism()} cores, load average of the last minute ${lastMinute.toFixed(1)}, the bench's own processes included.`;
}

const PART = 'gateway.cost.';

function partsTable(figures: readonly Figure[]): string {
  const whole = figureOf(figures, 'gateway.cost');
  const rows = figures
    .filter(({ name }) => name.startsWith(PART))
    .map(({ meaning, value }) => [
      meaning.replace(/^[^:]+: /, ''),
      `${rounded(value)} µs`,
      `${value < whole ? '−' : '+'}${rounded(Math.abs(value - whole))} µs`,
    ]);
  return table(['', 'a batch', 'difference'], [['the whole gateway', `${rounded(whole)} µs`, ''], ...rows]);
}

function figureOf(figures: readonly Figure[], wanted: string): number {
  return figures.find(({ name }) => name === wanted)?.value ?? Number.NaN;
}
