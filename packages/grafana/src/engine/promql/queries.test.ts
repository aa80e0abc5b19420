import { FAB_METRICS, GATEWAY_METRICS } from '@ephemetry/contract';
import { describe, expect, test } from 'vitest';
import type { QueriedMetric } from './declared-metrics.ts';
import { createQueries } from './queries.ts';

const plain = createQueries({ clusterLabel: 'cluster', variables: {} });
const board = createQueries({
  clusterLabel: 'k8s_cluster',
  variables: { k8s_cluster: 'cluster', phase: 'phase', role: 'role' },
});

describe('what it writes', () => {
  test('an increase, summed', () => {
    expect(plain.increase(FAB_METRICS.tokens, { window: '1h' })).toBe('sum(increase(fab_tokens_total[1h]))');
  });

  test('an increase of some series, apart by labels, a week ago', () => {
    expect(
      plain.increase(FAB_METRICS.selfEval, {
        window: '1d',
        offset: '1w',
        by: ['cluster', 'phase'],
        where: { result: ['pass', 'fail'], role: 'sre' },
      }),
    ).toBe(
      'sum by (cluster, phase) (increase(fab_self_eval_total{result=~"pass|fail",role="sre"}[1d] offset 1w))',
    );
  });

  test('the variables of a board, wherever a metric has the label, and the cluster everywhere', () => {
    expect(board.increase(FAB_METRICS.tokens, { window: '1h', by: ['cluster'] })).toBe(
      'sum by (k8s_cluster) (increase(fab_tokens_total{k8s_cluster=~"$cluster",phase=~"$phase",role=~"$role"}[1h]))',
    );
    expect(board.series(GATEWAY_METRICS.queueSize, { exporter: 'a/b' })).toBe(
      'otelcol_exporter_queue_size{job="ephemetry-gateway",k8s_cluster=~"$cluster",exporter="a/b"}',
    );
  });

  test('a histogram counts its observations, and has quantiles where there are some', () => {
    expect(plain.increase(FAB_METRICS.roleSessionDuration, { window: '1h' })).toBe(
      'sum(increase(fab_role_session_duration_seconds_count[1h]))',
    );
    expect(plain.quantile(0.95, FAB_METRICS.roleSessionDuration, { window: '1h', by: ['phase'] })).toBe(
      'histogram_quantile(0.95, sum by (le, phase) (increase(fab_role_session_duration_seconds_bucket[1h]))) ' +
        'and sum by (phase) (increase(fab_role_session_duration_seconds_count[1h])) > 0',
    );
  });

  test('a series that was not there counts whole', () => {
    expect(
      plain.increaseOrFirst(GATEWAY_METRICS.mergedPoints, { window: '1h', where: { error: 'limit' } }),
    ).toBe(
      'sum((otelcol_deltatocumulative_datapoints{job="ephemetry-gateway",error="limit"} unless last_over_time(otelcol_deltatocumulative_datapoints{job="ephemetry-gateway",error="limit"}[1h] offset 1h) <= otelcol_deltatocumulative_datapoints{job="ephemetry-gateway",error="limit"} unless resets(otelcol_deltatocumulative_datapoints{job="ephemetry-gateway",error="limit"}[1h]) > 0) ' +
        'or increase(otelcol_deltatocumulative_datapoints{job="ephemetry-gateway",error="limit"}[1h]))',
    );
  });

  test('the scrape of the gateway’s own metrics: another Collector may have the same', () => {
    expect(plain.series(GATEWAY_METRICS.uptime)).toBe('otelcol_process_uptime{job="ephemetry-gateway"}');
    expect(plain.series(GATEWAY_METRICS.up)).toBe(
      'up{job=~"ephemetry-totals|ephemetry-histograms|ephemetry-results|ephemetry-readings|ephemetry-gateway"}',
    );
  });

  test('each gateway of several by itself', () => {
    expect(plain.increase(GATEWAY_METRICS.sentPoints, { window: '1h', by: ['cluster', 'shard'] })).toBe(
      'sum by (cluster, shard) (increase(otelcol_exporter_sent_metric_points{job="ephemetry-gateway"}[1h]))',
    );
  });

  test('a share has no sample where there is nothing', () => {
    expect(plain.share('a', 'b')).toBe('a / (b > 0)');
  });
});

describe('what it asks of a store of deltas', () => {
  const deltas = createQueries({ clusterLabel: 'cluster', variables: {}, store: 'victoria-metrics' });

  test('a total is the sum of its deltas, dated when they were measured', () => {
    expect(deltas.increase(FAB_METRICS.tokens, { window: '1d', offset: '1w', by: ['phase'] })).toBe(
      'sum by (phase) (sum_over_time(fab_tokens_total[1d] offset 1w))',
    );
    expect(deltas.quantile(0.5, FAB_METRICS.roleSessionDuration, { window: '$__range' })).toBe(
      'histogram_quantile(0.5, sum by (le) (sum_over_time(fab_role_session_duration_seconds_bucket[$__range]))) ' +
        'and sum(sum_over_time(fab_role_session_duration_seconds_count[$__range])) > 0',
    );
  });

  test('a window is one step, so that no delta is in two', () => {
    expect(deltas.increase(FAB_METRICS.tokens, { window: '$__rate_interval' })).toBe(
      'sum(sum_over_time(fab_tokens_total[$__interval]))',
    );
  });

  test('a counted whole without its part is 0', () => {
    expect(deltas.share('a', 'b')).toBe('(a or b * 0) / (b > 0)');
  });

  test('the gateway’s own counters rise, and their first value counts', () => {
    expect(deltas.increaseOrFirst(GATEWAY_METRICS.sentPoints, { window: '1h' })).toBe(
      'sum(increase(otelcol_exporter_sent_metric_points{job="ephemetry-gateway"}[1h]))',
    );
  });

  test('a value with quotes stays one value', () => {
    expect(plain.series(FAB_METRICS.tokens, { role: 'a"} or vector(1)' })).toBe(
      'fab_tokens_total{role="a\\"} or vector(1)"}',
    );
  });
});

describe('what it refuses', () => {
  const undeclared: QueriedMetric = { ...FAB_METRICS.tokens, name: 'fab_token_total' };
  // As a caller has it who puts a metric together at run time.
  const tokens: QueriedMetric = FAB_METRICS.tokens;

  test('a metric outside the contract, with those it has', () => {
    expect(() => plain.increase(undeclared, { window: '1h' })).toThrow(RangeError);
    expect(() => plain.increase(undeclared, { window: '1h' })).toThrow(
      /^no metric "fab_token_total" in the contract; allowed: fab_agent_sessions_total, .*fab_tokens_total, .*up, .*Declare it in packages\/contract\/src\.$/,
    );
  });

  test.each([
    ['a matcher', () => plain.increase(tokens, { window: '1h', where: { colour: 'red' } })],
    ['a grouping', () => plain.increase(tokens, { window: '1h', by: ['colour'] })],
    ['a series', () => plain.series(tokens, { colour: 'red' })],
    ['a first increase', () => plain.increaseOrFirst(tokens, { window: '1h', by: ['colour'] })],
  ])('a label that a metric lacks in %s, with those it has', (_, query) => {
    expect(query).toThrow(
      'fab_tokens_total has no label "colour"; allowed: role, phase, group, direction. Declare it in packages/contract/src.',
    );
  });

  test('a label where there are none', () => {
    const uptime: QueriedMetric = GATEWAY_METRICS.uptime;
    expect(() => plain.series(uptime, { job: 'x' })).toThrow(
      'otelcol_process_uptime has no label "job"; allowed: none.',
    );
  });

  test('labels that another declaration of the same name would allow', () => {
    const bent: QueriedMetric = { ...FAB_METRICS.tokens, labels: ['colour'] };
    expect(() => plain.increase(bent, { window: '1h', by: ['colour'] })).toThrow('has no label "colour"');
  });

  test('the scrape that another declaration of the same name has', () => {
    const bent: QueriedMetric = { ...GATEWAY_METRICS.uptime, job: 'otel-gateway' };
    expect(plain.series(bent)).toBe('otelcol_process_uptime{job="ephemetry-gateway"}');
  });
});
