/** The gateway's part of docs/performance.md; the rest of the page is somebody else's. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { type Figure, rounded, table, toTable } from './figure.ts';

const PAGE = new URL('../../docs/performance.md', import.meta.url);
const BEGIN = '<!-- begin: pnpm bench:gateway -->';
const END = '<!-- end: pnpm bench:gateway -->';

/** Replaces the part between its marks, or adds it at the end of the page. */
export function writePart(figures: readonly Figure[]): void {
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  const before = begin < 0 ? `${page.trimEnd()}\n\n` : page.slice(0, begin);
  const after = end < 0 ? '\n' : page.slice(end + END.length);
  writeFileSync(PAGE, `${before}${toPart(figures)}${after}`);
}

function toPart(figures: readonly Figure[]): string {
  const [lastMinute = 0] = loadavg();
  return `${BEGIN}

## The gateway

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

Measured on ${availableParallelism()} cores, load average of the last minute ${lastMinute.toFixed(1)}, the bench's own processes included.

${END}`;
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
