/** A rule of the one table: what is given, and what gateway, receiver and exporter do with it. */

/** What is done with a data point. */
export type IngestOutcome =
  /** Counted as it is. */
  | 'counted'
  /** Counted, under a name, labels or a time that are made right. */
  | 'normalised'
  /** Dropped as a repeat, and counted as one. */
  | 'repeat'
  /** Taken, and not shown: it says nothing of now. */
  | 'forgotten'
  /** Not taken, told to the sender where that is possible, and counted by reason. */
  | 'refused';

/** What the exporter does about it. */
export type ExporterPart =
  /** It never sends such a point. */
  | 'never sent'
  /** It refuses the measurement or the instrument with a line. */
  | 'refused'
  /** It sends such points. */
  | 'sent'
  /** It cannot know; what takes it decides. */
  | 'left to the receiver';

/** Writes a time, in nanoseconds as OTLP/JSON has it, so many seconds from now. */
export type TimeAt = (offsetSeconds: number) => string;

/** One row. */
export interface IngestRule {
  readonly key: string;
  /** What is given, as a noun phrase. */
  readonly given: string;
  readonly gateway: IngestOutcome;
  readonly receiver: IngestOutcome;
  readonly exporter: ExporterPart;
  /** Metrics of one batch of one run, in OTLP/JSON, that show it. */
  readonly example: (at: TimeAt) => readonly object[];
  /** The series that `ephemetry receive` shows for the example, without the label `job`. */
  readonly shown: Readonly<Record<string, number>>;
  /** What the gateway shows instead, series that differ in `instance` or bounds added up. @default `shown`, or nothing where it refuses */
  readonly shownByGateway?: Readonly<Record<string, number>>;
}
