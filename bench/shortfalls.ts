/** Why a figure that misses its bar misses it, in figures of the same run. */
import { isMet } from '../scripts/figure.ts';
import type { Figure } from './figure.ts';

/** Markdown paragraphs, or a sentence that nothing falls short. */
export function describeShortfalls(figures: readonly Figure[]): string {
  const missed = figures.filter(({ spread, bar }) => bar !== undefined && !isMet(spread.median, bar));
  if (missed.length === 0) return 'Every bar is met in this run.';
  return missed.map((figure) => `- \`${figure.name}\`: ${causeOf(figure, figures)}`).join('\n');
}

function causeOf({ name }: Figure, figures: readonly Figure[]): string {
  if (name !== 'session.delivered.ratio')
    return 'missed in this run; the cause is not known. Measure again on a quiet machine first.';
  const median = (wanted: string): number =>
    figures.find((figure) => figure.name === wanted)?.spread.median ?? Number.NaN;
  const floorMs = median('process.bare') + median('start.main_thread') + median('start.empty_thread');
  const floor = (floorMs / median('process.raw_post')).toFixed(2);
  return `a program that measures and calls \`process.exit\` at once waits for its delivery thread to boot. Bare Node, the import and a
  worker thread that does nothing come to ${Math.round(floorMs)} ms, ${floor} of the raw POST, before the thread can load \`node:http\` and
  send. Tried without gain: minifying the thread, heap limits, a compile cache, fewer thread options. A reader of HTTP answers of
  our own on \`node:net\` came nearer, not to the bar, and is not part of this run; a client that reads every answer right is
  worth more. A program that ends by itself pays \`session.natural.ratio\` instead.`;
}
