/** One line of the result: what was measured, and what it should be. */
import type { Bar } from '../scripts/figure.ts';
import type { Spread } from './spread.ts';

/** A measured figure; its value is the median of its spread. */
export interface Figure {
  /** Dotted, for machines; never changes its meaning. */
  readonly name: string;
  /** What it means, for people. */
  readonly meaning: string;
  readonly unit: 'ratio' | 'ms' | 'MiB' | 'calls/s' | 'batches/s' | 'sessions' | 'lines';
  readonly spread: Spread;
  /** Missing where the figure is for information. */
  readonly bar?: Bar;
}
