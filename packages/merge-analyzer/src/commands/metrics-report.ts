/** What `merges` shows of the rates: the one report that the page, `--json` and the gauges are made of. */
import type { MergeRate } from '@ephemetry/contract';
import type { StepReport } from '../analyzer/analyze.ts';
import type { GlobalReading, ProjectReading } from '../events/metric-events.ts';
import type { OldestTransaction } from '../log/writers.ts';
import type { Behind, MergeReader } from './merge-reader.ts';

/** Everything the operator's page shows; `--json` prints it with names in snake_case. */
export interface MetricsReport {
  /** The database's clock when this was read, ISO 8601. */
  readonly asOf: string;
  /** What was analyzed first; nothing without `catchUp`. */
  readonly analyzed: StepReport;
  /** Merges that count, all time. */
  readonly merges: number;
  readonly newestMerge: NewestMerge | null;
  readonly global: Readonly<Record<MergeRate, GlobalReading>>;
  /** By name. */
  readonly projects: readonly ProjectMetrics[];
  /** Merges in sight that wait for an older transaction to end: they are not in the rates yet. */
  readonly heldBack: number;
  /** The transaction that they wait for; null when none waits. */
  readonly heldBackBy: OldestTransaction | null;
  readonly quarantine: QuarantineReport;
  /** Set where nothing may be written: what is shown was not brought up to date first. */
  readonly readOnly: ReadOnlyReport | null;
  /** What was seen when the database was opened, and what helps: a sentence each. */
  readonly warnings: readonly string[];
  readonly configurationVersion: string;
  readonly analyzerVersion: string;
}

/** A look at merges that writes nothing. */
export interface ReadOnlyReport extends Pick<MergeReader, 'because' | 'rates' | 'grants' | 'otherOwnSchema'> {
  readonly behind: Behind;
}

/** The merge that the rates end with. */
export interface NewestMerge {
  readonly eventId: string;
  readonly workItemId: string;
  readonly project: string;
  readonly mergedAt: string;
  /** Never negative: a time a little ahead of the database's clock is now. */
  readonly ageSeconds: number;
}

/** The rates of one project, as far as they are kept for projects. */
export type ProjectMetrics = { readonly project: string } & Readonly<
  Partial<Record<MergeRate, ProjectReading>>
>;

/** What is left out of the rates. */
export interface QuarantineReport {
  readonly count: number;
  /** The newest of them, at most 20. */
  readonly newest: readonly {
    readonly eventId: string;
    readonly workItemId: string | null;
    readonly reason: string;
    /** A sentence that names the event. */
    readonly detail: string;
  }[];
}
