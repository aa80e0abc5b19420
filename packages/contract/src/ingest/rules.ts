// biome-ignore-all lint/style/noExcessiveLinesPerFile: one table, read from top to bottom
/**
 * What becomes of each kind of data point, wherever it is taken: the one table that gateway, `ephemetry receive` and
 * exporter keep. The exporter has its own code; tests outside of it hold all three to this table.
 * A table: long because each rule is a row with its input.
 */

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

/** Every rule, in the order of the reference page. */
export const INGEST_RULES: readonly IngestRule[] = [
  {
    key: 'delta',
    given: 'a delta of a counter',
    gateway: 'counted',
    receiver: 'counted',
    exporter: 'sent',
    example: (at) => [sum('x_total', [{ ...now(at), asInt: '2' }])],
    shown: { x_total: 2 },
  },
  {
    key: 'twice',
    given: 'two points of one series with the same start and time; the second is a repeat',
    gateway: 'repeat',
    receiver: 'repeat',
    exporter: 'never sent',
    example: (at) => [
      sum(
        'x_total',
        [4, 10].map((value) => ({ ...now(at), asInt: String(value) })),
      ),
    ],
    shown: { x_total: 4 },
  },
  {
    key: 'integer-and-double',
    given: 'an integer and a double of one name, with the same times in one batch',
    gateway: 'repeat',
    receiver: 'counted',
    exporter: 'never sent',
    example: (at) => [
      sum('x_total', [{ ...now(at), asInt: '1' }]),
      sum('x_total', [{ ...now(at), asDouble: 1.5 }]),
    ],
    shown: { x_total: 2.5 },
    shownByGateway: { x_total: 1 },
  },
  {
    key: 'descriptions',
    given: 'two descriptions of one name, with the same times in one batch',
    gateway: 'repeat',
    receiver: 'counted',
    exporter: 'never sent',
    example: (at) => [
      { ...sum('x_total', [{ ...now(at), asInt: '1' }]), description: 'One.' },
      { ...sum('x_total', [{ ...now(at), asInt: '1' }]), description: 'Other.' },
    ],
    shown: { x_total: 2 },
    shownByGateway: { x_total: 1 },
  },
  {
    key: 'old-delta',
    given: 'a delta of more than 168 h ago',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'left to the receiver',
    example: (at) => [
      sum('x_total', [{ startTimeUnixNano: at(-700_000), timeUnixNano: at(-700_000), asInt: '1' }]),
    ],
    shown: { x_total: 1 },
  },
  {
    key: 'delta-ahead',
    given: 'a delta dated more than 10 min ahead',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'left to the receiver',
    example: (at) => [sum('x_total', [{ startTimeUnixNano: at(700), timeUnixNano: at(700), asInt: '1' }])],
    shown: { x_total: 1 },
  },
  {
    key: 'old-gauge',
    given: 'a gauge of more than 168 h ago',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'left to the receiver',
    example: (at) => [gauge('x', { timeUnixNano: at(-700_000), asInt: '1' })],
    shown: {},
  },
  {
    key: 'gauge-ahead',
    given: 'a gauge dated more than 10 min ahead',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'left to the receiver',
    example: (at) => [gauge('x', { timeUnixNano: at(700), asInt: '1' })],
    shown: {},
  },
  {
    key: 'reading',
    given: 'a gauge that is not declared to last; it is shown for 5 min',
    gateway: 'counted',
    receiver: 'counted',
    exporter: 'sent',
    example: (at) => [gauge('x', { ...now(at, -200), asInt: '1' })],
    shown: { x: 1 },
  },
  {
    key: 'late-reading',
    given: 'such a gauge of more than 5 min ago',
    gateway: 'forgotten',
    receiver: 'forgotten',
    exporter: 'left to the receiver',
    example: (at) => [
      gauge('x', { ...now(at, -400), asInt: '1' }),
      gauge('merge_newest_age_seconds', { ...now(at, -400), asInt: '1' }),
    ],
    shown: {},
  },
  {
    key: 'result',
    given: 'a gauge that the contract declares to last; it is shown until there is a newer one',
    gateway: 'counted',
    receiver: 'counted',
    exporter: 'sent',
    example: (at) => [gauge('merge_first_pass_ratio', { ...now(at, -400_000), asDouble: 0.5 })],
    shown: { merge_first_pass_ratio: 0.5 },
  },
  {
    key: 'no-time',
    given: 'a point without a time',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'never sent',
    example: () => [sum('x_total', [{ asInt: '1' }])],
    shown: {},
  },
  {
    key: 'cumulative',
    given: 'a total so far instead of a delta',
    gateway: 'refused',
    receiver: 'counted',
    exporter: 'never sent',
    example: (at) => [
      {
        name: 'x_total',
        sum: { ...CUMULATIVE, isMonotonic: true, dataPoints: [{ ...now(at), asInt: '3' }] },
      },
    ],
    shown: { x_total: 3 },
  },
  {
    key: 'no-temporality',
    given: 'a sum that is neither delta nor cumulative',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'never sent',
    example: (at) => [
      { name: 'x_total', sum: { isMonotonic: true, dataPoints: [{ ...now(at), asInt: '1' }] } },
    ],
    shown: {},
  },
  {
    key: 'type',
    given: 'an exponential histogram or a summary',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'never sent',
    example: (at) => [{ name: 'x', summary: { dataPoints: [now(at)] } }],
    shown: {},
  },
  {
    key: 'negative',
    given: 'a counter that falls',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'refused',
    example: (at) => [sum('x_total', [{ ...now(at), asInt: '-1' }])],
    shown: {},
  },
  {
    key: 'not-finite',
    given: 'NaN or an infinite value',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'refused',
    example: (at) => [
      sum('x_total', [{ ...now(at), asDouble: 'NaN' }]),
      gauge('x', { ...now(at), asDouble: 'Infinity' }),
    ],
    shown: {},
  },
  {
    key: 'absurd',
    given: 'a delta above 2^53, which hides what others add',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'left to the receiver',
    example: (at) => [sum('x_total', [{ ...now(at), asDouble: 1e308 }])],
    shown: {},
  },
  {
    key: 'buckets',
    given: 'bucket counts that do not fit the bounds, or bounds that do not rise or are not finite',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'never sent',
    example: (at) => [
      histogram('a_seconds', { ...now(at), count: '1', explicitBounds: ['NaN'], bucketCounts: ['1', '0'] }),
      histogram('b_seconds', { ...now(at), count: '1', explicitBounds: [1], bucketCounts: ['1'] }),
    ],
    shown: {},
  },
  {
    key: 'count',
    given: 'bucket counts that do not add up to the count',
    gateway: 'counted',
    receiver: 'refused',
    exporter: 'never sent',
    example: (at) => [
      histogram('x_seconds', {
        ...now(at),
        count: '2',
        sum: 1,
        explicitBounds: [1],
        bucketCounts: ['1', '0'],
      }),
    ],
    shown: {},
    shownByGateway: {
      'x_seconds_bucket{le="1"}': 1,
      'x_seconds_bucket{le="+Inf"}': 2,
      x_seconds_count: 2,
      x_seconds_sum: 1,
    },
  },
  {
    key: 'no-sum',
    given: 'a histogram without a sum; its sum is unknown',
    gateway: 'counted',
    receiver: 'counted',
    exporter: 'never sent',
    example: (at) => [
      histogram('x_seconds', { ...now(at), count: '1', explicitBounds: [1], bucketCounts: ['1', '0'] }),
    ],
    shown: { 'x_seconds_bucket{le="1"}': 1, 'x_seconds_bucket{le="+Inf"}': 1, x_seconds_count: 1 },
    shownByGateway: {
      'x_seconds_bucket{le="1"}': 1,
      'x_seconds_bucket{le="+Inf"}': 1,
      x_seconds_count: 1,
      x_seconds_sum: 0,
    },
  },
  {
    key: 'names',
    given: 'names and label names that Prometheus cannot tell apart; they are one series',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'sent',
    example: (at) => [
      sum('a.b', [{ ...now(at), ...labelled('http.method', 'GET'), asInt: '100' }]),
      sum('a_b', [{ ...now(at), ...labelled('http_method', 'GET'), asInt: '3' }]),
    ],
    shown: { 'a_b{http_method="GET"}': 103 },
  },
  {
    key: 'reserved-label',
    given:
      'a label that Prometheus sets itself (`job`, `instance`, `le`, `quantile`, `__…`); it becomes `exported_…`',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'sent',
    example: (at) => [sum('x_total', [{ ...now(at), ...labelled('le', '5'), asInt: '1' }])],
    shown: { 'x_total{exported_le="5"}': 1 },
  },
  {
    key: 'label-type',
    given: 'a label that is a number here and a text there; it is the text',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'sent',
    example: (at) => [
      sum('x_total', [
        { ...now(at), attributes: [{ key: 'status', value: { intValue: '200' } }], asInt: '1' },
        { ...now(at, -1), ...labelled('status', '200'), asInt: '2' },
      ]),
    ],
    shown: { 'x_total{status="200"}': 3 },
  },
  {
    key: 'contract-kind',
    given: 'another kind, or other bounds, under a name of the contract',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'left to the receiver',
    example: (at) => [gauge('fab_tokens_total', { ...now(at), asInt: '1' })],
    shown: {},
  },
  {
    key: 'gauge-and-total',
    given: 'a gauge and a total under any other name; they are two series',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'refused',
    example: (at) => [gauge('x', { ...now(at), asInt: '7' }), sum('x', [{ ...now(at), asInt: '1' }])],
    shown: { x: 7, x_counter: 1 },
    shownByGateway: { x: 8 },
  },
  {
    key: 'bounds',
    given: 'two sets of bounds under any other name; they are two histograms',
    gateway: 'normalised',
    receiver: 'normalised',
    exporter: 'refused',
    example: (at) => [
      histogram('x_seconds', { ...now(at), count: '1', sum: 1, explicitBounds: [], bucketCounts: ['1'] }),
      histogram('x_seconds', {
        ...now(at, -1),
        count: '1',
        sum: 1,
        explicitBounds: [2],
        bucketCounts: ['1', '0'],
      }),
    ],
    shown: {
      'x_seconds_bucket{le="+Inf"}': 1,
      x_seconds_sum: 1,
      x_seconds_count: 1,
      'x_seconds_histogram_bucket{le="2"}': 1,
      'x_seconds_histogram_bucket{le="+Inf"}': 1,
      x_seconds_histogram_sum: 1,
      x_seconds_histogram_count: 1,
    },
    shownByGateway: {
      'x_seconds_bucket{le="2"}': 1,
      'x_seconds_bucket{le="+Inf"}': 2,
      x_seconds_sum: 2,
      x_seconds_count: 2,
    },
  },
  {
    key: 'attributes',
    given: 'more than 16 KiB of attributes on one point',
    gateway: 'refused',
    receiver: 'refused',
    exporter: 'left to the receiver',
    example: (at) => [sum('x_total', [{ ...now(at), ...labelled('k', 'v'.repeat(16_385)), asInt: '1' }])],
    shown: {},
  },
];

const DELTA = { aggregationTemporality: 1 };
const CUMULATIVE = { aggregationTemporality: 2 };

function now(at: TimeAt, offsetSeconds = 0): object {
  return { startTimeUnixNano: at(offsetSeconds), timeUnixNano: at(offsetSeconds) };
}

function labelled(key: string, value: string): object {
  return { attributes: [{ key, value: { stringValue: value } }] };
}

function sum(name: string, dataPoints: readonly object[]): object {
  return { name, sum: { ...DELTA, isMonotonic: true, dataPoints } };
}

function gauge(name: string, dataPoint: object): object {
  return { name, gauge: { dataPoints: [dataPoint] } };
}

function histogram(name: string, dataPoint: object): object {
  return { name, histogram: { ...DELTA, dataPoints: [dataPoint] } };
}
