/** Whatever an OpenTelemetry program sends is served exactly, or refused and counted. A table: long because each case is a request written out. */
import { queryPrometheus } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import type { Gateway } from '../support/gateway.ts';
import {
  batchOf,
  counterOf,
  gaugeOf,
  histogramOf,
  honestBatch,
  pointNow,
} from '../support/hostile-requests.ts';
import { refusedFor, showsRefused, showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';
import { post, postAll } from '../support/post.ts';
import { startStack } from '../support/stack.ts';
import { TOTALS_CASES } from '../support/totals-cases.ts';

test('labels that Prometheus or the gateway sets itself take nothing down, and keep their values', async (t) => {
  const stack = await startStack(t);
  const reserved = ['job', 'instance', 'le', 'quantile', 'cluster', 'shard', '__name__', '__x'];
  const labels = Object.fromEntries(reserved.map((name) => [name, 'mine']));
  const twice = [labels, { ...labels, cluster: 'other', shard: '7', instance: 'other' }];
  const seconds = { count: '1', sum: 1, explicitBounds: [5], bucketCounts: ['1', '0'] };
  const bodies = twice.map((each, run) =>
    batchOf(
      `reserved-${run}`,
      [
        counterOf('reserved_total', pointNow({ asInt: '1' }, each)),
        histogramOf('reserved_seconds', pointNow(seconds, each)),
      ],
      { 'service.name': 'reserved' },
    ),
  );
  await postAll(stack.gateway.endpoint, [...bodies, honestBatch('honest')], 3);
  await stack.settled();
  const shown = await queryPrometheus(stack.prometheus.url, '{__name__=~"reserved.*|innocent_total"}');
  const values = shown.map(
    ({ labels: { __name__ = '', ...rest }, value }) => [__name__, value, rest] as const,
  );
  expect(values.filter(([name]) => name === 'innocent_total').map(([, value]) => value)).toEqual([1]);
  expect(values.filter(([name]) => name === 'reserved_total').map(([, value]) => value)).toEqual([1, 1]);
  expect(values.filter(([name]) => name === 'reserved_seconds_count')).toHaveLength(2);
  const [, , one] = values.find(([name]) => name === 'reserved_total') ?? [];
  expect(one).toMatchObject({ job: 'reserved', cluster: 'e2e', exported_job: 'mine', exported_le: 'mine' });
});

test('a counter that begins like what Prometheus says of its scrapes is counted', async (t) => {
  const stack = await startStack(t);
  const names = ['scrape_pages_total', 'promhttp_mine_total'];
  const metrics = names.map((name) => counterOf(name, pointNow({ asInt: '2' })));
  await postAll(stack.gateway.endpoint, [batchOf('scraper', metrics, { 'service.name': 'scraper' })], 1);
  await stack.settled();
  const shown = await queryPrometheus(stack.prometheus.url, '{job="scraper"}');
  expect(shown.map(({ labels, value }) => [labels['__name__'], value]).sort()).toEqual([
    ['promhttp_mine_total', 2],
    ['scrape_pages_total', 2],
  ]);
});

test('what programs send is added up, whatever they call and how often they send it', async (t) => {
  const gateway = await startLaptopGateway(t);
  for (const { bodies } of TOTALS_CASES) await postAll(gateway.endpoint, bodies(), 4);
  for (const { name, metric, shown } of TOTALS_CASES) {
    await showsTotal(gateway, metric, shown).catch((error) => {
      expect.soft(String(error), name).toBe('');
    });
  }
});

interface Refused {
  readonly name: string;
  readonly reason: string;
  readonly metrics: () => readonly object[];
}

const AT_ALL_TIMES = { startTimeUnixNano: '1', timeUnixNano: '1' };

const REFUSED: readonly Refused[] = [
  {
    name: 'a huge delta',
    reason: 'absurd',
    metrics: () => [counterOf('x_total', pointNow({ asDouble: 1e308 }))],
  },
  {
    name: 'a huge whole number',
    reason: 'absurd',
    metrics: () => [counterOf('x_total', pointNow({ asInt: String(2n ** 60n) }))],
  },
  {
    name: 'a gauge from the future',
    reason: 'untimed',
    metrics: () => [gaugeOf('x_depth', pointNow({ asInt: '1', timeUnixNano: '9000000000000000000' }))],
  },
  {
    name: 'a gauge from long ago',
    reason: 'untimed',
    metrics: () => [gaugeOf('x_depth', pointNow({ asInt: '1', ...AT_ALL_TIMES }))],
  },
  {
    name: 'a sum without temporality',
    reason: 'not_delta',
    metrics: () => [{ name: 'x_total', sum: { isMonotonic: true, dataPoints: [pointNow({ asInt: '1' })] } }],
  },
  {
    name: 'a delta without times',
    reason: 'untimed',
    metrics: () => [counterOf('x_total', pointNow({ asInt: '1', timeUnixNano: '0' }))],
  },
  {
    name: 'no recorded value',
    reason: 'no_value',
    metrics: () => [counterOf('innocent_total', pointNow({ flags: 1 }))],
  },
  {
    name: 'fewer counts than bounds',
    reason: 'malformed_histogram',
    metrics: () => [
      histogramOf('x_seconds', pointNow({ count: '1', explicitBounds: [1, 2], bucketCounts: ['1'] })),
    ],
  },
  {
    name: 'bounds that fall',
    reason: 'malformed_histogram',
    metrics: () => [
      histogramOf(
        'x_seconds',
        pointNow({ count: '1', explicitBounds: [2, 1], bucketCounts: ['1', '0', '0'] }),
      ),
    ],
  },
  {
    name: '513 bounds',
    reason: 'oversized',
    metrics: () => [
      histogramOf(
        'x_seconds',
        pointNow({
          count: '1',
          explicitBounds: Array.from({ length: 513 }, (_, n) => n),
          bucketCounts: Array.from({ length: 514 }, () => '0'),
        }),
      ),
    ],
  },
  { name: 'no name', reason: 'oversized', metrics: () => [counterOf('', pointNow({ asInt: '1' }))] },
  {
    name: 'a name of 256 bytes',
    reason: 'oversized',
    metrics: () => [counterOf('x'.repeat(256), pointNow({ asInt: '1' }))],
  },
  {
    name: '65 labels',
    reason: 'oversized',
    metrics: () => [
      counterOf(
        'x_total',
        pointNow({ asInt: '1' }, Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, 'v']))),
      ),
    ],
  },
];

test('what cannot be added up is refused, counted, and leaves others exact', async (t) => {
  const gateway = await startLaptopGateway(t);
  for (const { name, reason, metrics } of REFUSED) {
    const { status } = await post(
      gateway.endpoint,
      batchOf(name, metrics(), { 'service.name': serviceOf(name) }),
    );
    expect.soft(status, name).toBe(200);
    const refused = (): Promise<number> => refusedFor(gateway, reason, serviceOf(name));
    await expect.poll(refused, { message: `${name}, refused as ${reason}` }).toBe(1);
  }
  await sendHonest(gateway);
  await showsTotal(gateway, 'innocent_total', 3);
  expect((await gateway.totals()).filter(({ name }) => name.startsWith('x_'))).toEqual([]);
});

test('a name of the contract with another kind is refused, so that the contract’s is shown', async (t) => {
  const gateway = await startLaptopGateway(t);
  const name = 'fab_agent_sessions_total';
  const histogram = pointNow({ count: '1', sum: 1, explicitBounds: [5], bucketCounts: ['1', '0'] });
  const others = [
    gaugeOf(name, pointNow({ asInt: '100' })),
    gaugeOf('fab.agent.sessions_total', pointNow({ asInt: '100' })),
    histogramOf(name, histogram),
    counterOf('fab_role_session_duration_seconds_count', pointNow({ asInt: '1' })),
  ];
  await postAll(
    gateway.endpoint,
    others.map((metric, run) => batchOf(`other-${run}`, [metric])),
    1,
  );
  await postAll(gateway.endpoint, [honestBatch('honest', name)], 1);
  await showsTotal(gateway, name, 1);
  await showsRefused(gateway, 'foreign_kind', others.length);
});

/** A program for each kind of nonsense. */
function serviceOf(name: string): string {
  return name.replaceAll(' ', '-');
}

function sendHonest(gateway: Gateway): Promise<void> {
  return postAll(
    gateway.endpoint,
    ['a', 'b', 'c'].map((run) => honestBatch(run)),
    3,
  );
}
