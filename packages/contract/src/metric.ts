/**
 * The vocabulary every metric family is declared in: a metric, a label, and the family that owns both.
 * Types and one constant only; the declarations themselves live in one folder per family.
 */

/** What a label says when the true value is outside its domain. Always an allowed value. */
export const UNKNOWN = 'unknown';

/** The kinds of OpenTelemetry instrument a metric may be recorded with. */
export type InstrumentKind = 'counter' | 'histogram' | 'gauge' | 'updowncounter';

/**
 * How long a gauge's value says something. `lasts`: the result of a last run, shown until there is a newer one, whatever
 * became of its program; one that has no value any more is recorded as NaN, or the value before would last. `lives`: a reading
 * of a program that runs, which gateway and receiver forget after `INGEST_LIMITS.readingSeconds`, as they do every gauge
 * that no family declares.
 */
export type GaugeLife = 'lasts' | 'lives';

/**
 * One metric: its identity (name, instrument, labels, bounds) and what its readers need to know.
 *
 * @typeParam LabelName - names of the labels its family declares; a misspelled one does not compile.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument
 */
export interface MetricDefinition<LabelName extends string = string> {
  /** The full Prometheus name, suffixes included, so that no translation strategy changes it. */
  readonly name: string;
  readonly instrument: InstrumentKind;
  /** How values travel: a metric recorded as `int` once and `double` once is two series to a merger. */
  readonly valueType: 'int' | 'double';
  /** A UCUM unit (`s`, `By`) or an annotation for countable things (`{session}`). */
  readonly unit: string;
  /** One sentence without a full stop at the end. It travels with every batch: keep it short. */
  readonly description: string;
  readonly labels: readonly LabelName[];
  /**
   * Labels of this metric whose values are others than those that its family declares under the same name, as the outcome of
   * a report is none of a test. @default the family's own
   */
  readonly ownLabels?: { readonly [Name in LabelName]?: LabelDefinition };
  /**
   * Upper bounds of a histogram's buckets, in `unit`, strictly increasing, `+Inf` left out.
   * Part of the metric's identity: other bounds need another name, or mergers drop one of the two.
   */
  readonly bounds?: readonly number[];
  /** Of a gauge, and of no other. */
  readonly life?: GaugeLife;
  /** `experimental` may change with any release; `stable` changes only with a new name. */
  readonly stability: 'stable' | 'experimental';
  /** What a reader must know beyond the description: when it counts, what it leaves out. Docs only. */
  readonly notes: string;
  /** A PromQL query that answers the question this metric exists for. Docs only. */
  readonly exampleQuery: string;
}

/** One label and its whole domain. */
export interface LabelDefinition<Name extends string = string, Value extends string = string> {
  readonly name: Name;
  /** One sentence without a full stop at the end. */
  readonly description: string;
  /** Every allowed value, {@link UNKNOWN} last. Of a label that a deployment declares, only what is the same everywhere. */
  readonly values: readonly (Value | typeof UNKNOWN)[];
  /** Of a label whose other values only a deployment knows. @default all values are known when this is built */
  readonly declared?: DeclaredByDeployment;
}

/** Where a deployment says which values a label has, and how many they may be. */
export interface DeclaredByDeployment {
  /** The section of `ephemetry.yaml` that names the values. */
  readonly section: string;
  /** So many values at most, {@link UNKNOWN} not among them. The section `limits` of that file may say another number. */
  readonly limit: number;
}

/** Labels whose values come only in certain combinations, as a role has exactly one phase. */
export interface DependentLabels<LabelName extends string = string> {
  readonly labels: readonly LabelName[];
  /** Every combination that occurs, the all-unknown one included. */
  readonly sets: readonly { readonly [Name in LabelName]?: string }[];
}

/** All metrics of one program, with the labels they share. */
export interface MetricFamily<LabelName extends string = string> {
  /** Names the family's folder, its reference section and its series catalogue. */
  readonly name: string;
  /** The `service.name` that its own programs report. */
  readonly serviceName: string;
  /** Further values of `service.name` under which programs report it. @default none */
  readonly alsoReportedBy?: readonly string[];
  /** Whether its programs live on and are scraped themselves, so that no gateway announces its series. @default false */
  readonly isScraped?: boolean;
  /** One sentence for the reference: what is measured. */
  readonly description: string;
  readonly metrics: Readonly<Record<string, MetricDefinition<LabelName>>>;
  readonly labels: { readonly [Name in LabelName]: LabelDefinition<Name> };
  readonly dependentLabels: readonly DependentLabels<LabelName>[];
}

/**
 * The attributes a measurement of this metric carries: each of its labels, and no other.
 *
 * @example
 * ```ts
 * const labels: LabelsOf<typeof FAB_METRICS.selfEval> = {
 *   role: 'product', phase: 'discovery', group: 'factory', result: 'pass',
 * };
 * ```
 */
export type LabelsOf<Metric extends MetricDefinition> = {
  readonly [Name in Metric['labels'][number]]: string;
};
