/** A report: numbers of slices of runs, each with how many runs it is of and how many were left out. */
import type { Interval } from '@ephemetry/statistics';
import type { FailureClass } from '../failure/failure-class.ts';
import type { Selection } from '../selection/selection.ts';

/** What is asked. */
export interface ReportQuestion {
  /** @default all runs */
  readonly where?: Selection;
  /** Dimensions. @default one slice of all runs */
  readonly by?: readonly string[];
  /** The length of a time step; steps begin at midnight UTC, weeks on Monday. @default no steps */
  readonly stepMs?: number;
}

/** A quantile by nearest rank: the value of a run that was seen. */
export interface ObservedQuantile {
  readonly value: number;
  readonly runId: string;
}

/** Quantiles of durations in ms. */
export interface Latency {
  readonly n: number;
  /** Left out: nobody said how long it took. */
  readonly unknown: number;
  /** Left out: the unit is mistaken. */
  readonly suspect: number;
  readonly p50: ObservedQuantile | undefined;
  readonly p95: ObservedQuantile | undefined;
  readonly p99: ObservedQuantile | undefined;
}

/** A share of runs, with Wilson's 95 % interval. */
export interface ReportRate {
  readonly n: number;
  readonly hits: number;
  readonly interval: Interval | undefined;
  /** Left out. */
  readonly unknown: number;
}

/** A sum over runs. */
export interface ReportSum {
  readonly sum: number;
  readonly n: number;
  /** Left out. */
  readonly unknown: number;
}

/** One slice in one time step. */
export interface ReportRow {
  /** By dimension; null where runs have no value. */
  readonly values: Readonly<Record<string, string | null>>;
  readonly fromUnixMs: number | undefined;
  readonly toUnixMs: number | undefined;
  /** Lists exactly the runs of this row; undefined where values are sliced together as `other`, or runs have no place in any step. */
  readonly selection: string | undefined;
  readonly runs: number;
  readonly states: Readonly<Record<'finished' | 'cancelled' | 'unfinished', number>>;
  readonly success: ReportRate;
  readonly duration: Latency;
  readonly modelCalls: Latency;
  readonly toolCalls: Latency;
  readonly tokens: ReportSum;
  readonly costUsd: ReportSum;
  /** Calls of tools in finished runs; of the row's tool where it has one. */
  readonly toolCallsOfRuns: ReportSum;
  /** Of finished runs that used a tool: in how many a call of it failed. Unknown are those that used none. */
  readonly toolFailure: ReportRate;
  /** Failed steps by class. */
  readonly failures: Readonly<Partial<Record<FailureClass, number>>>;
}

/** An answer. */
export interface Report {
  readonly rows: readonly ReportRow[];
  /** Dimensions of which not all values are told apart, with how many are sliced as `other`. */
  readonly others: Readonly<Record<string, number>>;
}
