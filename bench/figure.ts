/** One line of the result: what was measured, and what it should be. */
import type { Spread } from './spread.ts';

/** What a figure is held to, in the figure's unit. */
interface Bar {
  /** Missed beyond this. */
  readonly limit: number;
  /** What we try to reach. */
  readonly goFor?: number;
  /** Whether more is better. @default false */
  readonly isLeast?: boolean;
}

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

/** Whether the figure keeps its bar; `undefined` without one. */
export function isMet({ spread, bar }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  return bar.isLeast === true ? spread.median >= bar.limit : spread.median <= bar.limit;
}
