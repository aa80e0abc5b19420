import { join } from 'node:path';
import {
  EPHEMETRY_METRICS,
  FAB_FAMILY,
  FAB_METRICS,
  knownLabelSets,
  METRIC_FAMILIES,
  type MetricDefinition,
} from '@ephemetry/contract';
import { queryPrometheus } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { runLoad } from '../support/load.ts';
import { planRuns } from '../support/plan.ts';
import { startStack } from '../support/stack.ts';

/** Every series name that a metric has in Prometheus, with the labels it adds there. */
function seriesNames({
  name,
  instrument,
  bounds = [],
}: MetricDefinition): readonly (readonly [string, number])[] {
  if (instrument !== 'histogram') return [[name, 1]];
  return [
    [`${name}_bucket`, bounds.length + 1],
    [`${name}_count`, 1],
    [`${name}_sum`, 1],
  ];
}

test('Prometheus holds the series of the contract, each with its labels, and nothing else', async (t) => {
  const stack = await startStack(t);
  await stack.scraped();
  const spoolDir = join(stack.directory, 'spool');
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'host.name=laptop,deployment.environment=test' };
  await runLoad({ runs: planRuns(8, 3), endpoint: stack.gateway.endpoint, spoolDir, env });
  await stack.settled();

  const all = await queryPrometheus(stack.prometheus.url, '{__name__=~".+"}');
  const foreign = all
    .filter(({ labels }) => labels['job'] !== FAB_FAMILY.serviceName)
    .map(({ labels }) => labels);
  const names = [...new Set(foreign.map((labels) => `${labels['job']} ${labels['__name__']}`))];
  const announced = Object.values(METRIC_FAMILIES).flatMap(({ serviceName, metrics }) =>
    Object.values<MetricDefinition>(metrics)
      .flatMap(seriesNames)
      .map(([name]) => `${serviceName} ${name}`),
  );
  const own = /^ephemetry-gateway (otelcol_\w+|up)$|^ephemetry-(totals|histograms|results|readings) up$/;
  expect(names.filter((name) => !own.test(name) && !announced.includes(name))).toEqual([]);
  expect(
    all.flatMap(({ labels }) => Object.keys(labels)).filter((label) => label.startsWith('otel_scope')),
  ).toEqual([]);

  const metrics: readonly MetricDefinition[] = Object.values(FAB_METRICS);
  const allowed = new Map(metrics.flatMap((metric) => seriesNames(metric).map(([name]) => [name, metric])));
  // What ephemetry says of its own deliveries is another family's, and depends on how busy the machine is.
  const shared = Object.values<MetricDefinition>(EPHEMETRY_METRICS).flatMap(seriesNames);
  const isShared = new Set(shared.map(([name]) => name));
  const ours = all.filter(({ labels }) => labels['job'] === 'fab' && !isShared.has(labels['__name__'] ?? ''));
  for (const { labels } of ours) {
    const { __name__ = '', job, cluster, le, ...own } = labels;
    const metric = allowed.get(__name__);
    expect(metric, __name__).toBeDefined();
    expect([job, cluster]).toEqual(['fab', 'e2e']);
    expect(Object.keys(own).sort()).toEqual([...(metric?.labels ?? [])].sort());
    expect(le !== undefined).toBe(__name__.endsWith('_bucket'));
  }
  const expected = metrics.flatMap((metric) =>
    seriesNames(metric).map(([, series]) => series * knownLabelSets(metric, FAB_FAMILY).length),
  );
  expect(ours.length).toBe(expected.reduce((sum, each) => sum + each, 0));
});
