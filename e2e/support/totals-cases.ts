/**
 * Totals that hold wherever the gateway delivers to: `any-program` has them on its page, from which AMP gets them,
 * `victoria-totals` in VictoriaMetrics. A table: long because each case is a request written out.
 */
import {
  type AttributeValue,
  batchOf,
  counterOf,
  histogramOf,
  honestBatch,
  pointNow,
} from './hostile-requests.ts';

/** What is sent, and what must be shown wherever the gateway delivers to. */
interface TotalsCase {
  readonly name: string;
  readonly metric: string;
  readonly shown: number;
  readonly bodies: () => readonly string[];
}

function counted(
  name: string,
  ...labels: readonly Readonly<Record<string, AttributeValue>>[]
): readonly string[] {
  return labels.map((each, run) =>
    batchOf(`${name}-${run}`, [counterOf(name, pointNow({ asInt: '6' }, each))]),
  );
}

/** Every case. Bodies are sent in any order, several at a time. */
export const TOTALS_CASES: readonly TotalsCase[] = [
  {
    name: 'a label that is a number here and a text there',
    metric: 'typed_total',
    shown: 24,
    bodies: () =>
      counted(
        'typed_total',
        { status: { intValue: '200' } },
        { status: '200' },
        { status: { doubleValue: 200 } },
        { status: '200' },
      ),
  },
  {
    name: 'keys that are one in Prometheus',
    metric: 'keyed_total',
    shown: 18,
    bodies: () =>
      counted('keyed_total', { 'http.method': 'GET' }, { http_method: 'GET' }, { 'http-method': 'GET' }),
  },
  {
    name: 'names that are one in Prometheus',
    metric: 'a_b',
    shown: 12,
    bodies: () => [...counted('a.b', {}), ...counted('a_b', {})],
  },
  {
    name: 'keys that Prometheus does not allow',
    metric: 'odd_total',
    shown: 30,
    bodies: () => counted('odd_total', { '': 'x' }, { _: 'x' }, { ___: 'x' }, { '1a': 'x' }, { 'é!': 'x' }),
  },
  {
    name: 'a histogram without a sum beside one that has it',
    metric: 'partly_seconds_sum',
    shown: 8,
    bodies: () =>
      [{ sum: 4 }, {}, { sum: 4 }].map((sum, run) => {
        const point = pointNow({ count: '1', explicitBounds: [5], bucketCounts: ['1', '0'], ...sum });
        return batchOf(`partly-${run}`, [histogramOf('partly_seconds', point)]);
      }),
  },
  {
    name: 'two counters of one name in two scopes of one batch',
    metric: 'scoped_total',
    shown: 3,
    bodies: () => {
      const scope = (name: string, value: string): object => ({
        scope: { name },
        metrics: [counterOf('scoped_total', pointNow({ asInt: value }))],
      });
      const body = JSON.parse(batchOf('scoped', []));
      body.resourceMetrics[0].scopeMetrics = [scope('a', '1'), scope('b', '2')];
      return [JSON.stringify(body)];
    },
  },
  {
    name: 'a clock that is a year ahead, and one that is behind',
    metric: 'dated_total',
    shown: 2,
    bodies: () =>
      [-1, 1].map((years) => {
        const nano = `${Date.now() + years * 31_536_000_000}000000`;
        const times = { startTimeUnixNano: nano, timeUnixNano: nano };
        return batchOf(`dated-${years}`, [counterOf('dated_total', pointNow({ asInt: '1', ...times }))]);
      }),
  },
  {
    name: 'older and newer exporters: another number type, unit, description or scope',
    metric: 'skewed_total',
    shown: 15,
    bodies: () => {
      const versions = [
        { metric: counterOf('skewed_total', pointNow({ asInt: '5' })), scope: { name: 'a' } },
        { metric: counterOf('skewed_total', pointNow({ asDouble: 5 })), scope: { name: 'a' } },
        { metric: counterOf('skewed_total', pointNow({ asInt: '0' })), scope: { name: 'a' } },
        {
          metric: { ...counterOf('skewed_total', pointNow({ asInt: '5' })), unit: '1', description: 'Other' },
          scope: { name: 'a', version: '2.0.0' },
        },
      ];
      return versions.map(({ metric, scope }, run) => {
        const body = JSON.parse(batchOf(`skewed-${run}`, []));
        body.resourceMetrics[0].scopeMetrics = [{ scope, metrics: [metric] }];
        return JSON.stringify(body);
      });
    },
  },
  {
    name: 'a histogram without buckets before one with a single one',
    metric: 'bucketless_seconds_count',
    shown: 3,
    bodies: () => {
      const points = [{}, { bucketCounts: ['1'] }, {}].map((buckets, laterMs) => {
        const nano = `${Date.now() + laterMs}000000`;
        const times = { startTimeUnixNano: nano, timeUnixNano: nano };
        return pointNow({ count: '1', sum: 1, ...buckets, ...times });
      });
      return [batchOf('bucketless', [histogramOf('bucketless_seconds', ...points)])];
    },
  },
  {
    name: 'marks of the gateway, set by a sender: a schema URL and a description',
    metric: 'marked_total',
    shown: 8,
    bodies: () => {
      const marked = {
        ...counterOf('marked_total', pointNow({ asInt: '2' })),
        description: 'ephemetry:seen',
      };
      return ['ephemetry:seen', String(Date.now()), 'x', ''].map((url, run) =>
        batchOf(`marked-${run}`, [marked]).replace('"resource":', `"schemaUrl":"${url}","resource":`),
      );
    },
  },
  {
    name: 'histograms of one series with and without a least and a largest value',
    metric: 'ranged_seconds_sum',
    shown: 12,
    bodies: () => {
      const seconds = { count: '1', sum: 4, explicitBounds: [5], bucketCounts: ['1', '0'] };
      return [seconds, { ...seconds, min: 4, max: 4 }, { ...seconds, min: 4 }].map((each, run) =>
        batchOf(`ranged-${run}`, [histogramOf('ranged_seconds', pointNow(each))]),
      );
    },
  },
  {
    name: 'a batch that comes three times',
    metric: 'repeated_total',
    shown: 1,
    bodies: () => {
      const body = honestBatch('repeated', 'repeated_total');
      return [body, body, body];
    },
  },
  {
    name: 'batches of one run without a sequence, of which one comes again',
    metric: 'unnumbered_total',
    shown: 2,
    bodies: () => {
      const [first = '', second = ''] = [0, 1].map((laterMs) => {
        const nano = `${Date.now() + laterMs}000000`;
        const times = { startTimeUnixNano: nano, timeUnixNano: nano };
        const body = JSON.parse(
          batchOf('unnumbered', [counterOf('unnumbered_total', pointNow({ asInt: '1', ...times }))]),
        );
        body.resourceMetrics[0].resource.attributes.pop();
        return JSON.stringify(body);
      });
      return [first, first, second, first, second];
    },
  },
  {
    name: 'two points of one series with the same times in one batch: the second is a duplicate',
    metric: 'doubled_total',
    shown: 4,
    bodies: () => {
      const times = pointNow({});
      const points = ['4', '10'].map((asInt) => ({ ...times, asInt }));
      return [batchOf('doubled', [counterOf('doubled_total', ...points)])];
    },
  },
];
