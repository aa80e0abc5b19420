/** The alert group `fab-slo`: bad work, work that stalls, no work, and measurements that do not arrive. */

import type { AlertGroupDefinition } from '../../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import { createQueries } from '../../../engine/promql/queries.ts';
import { lostBatches, metricsAbsent, refusedPoints } from './delivery-alerts.ts';
import { gatewayAbsent, ignoredRows } from './delta-store-alerts.ts';
import { gatewayRefuses } from './gateway-refuses.ts';
import { gatewayStuck } from './gateway-stuck.ts';
import { mergeGateStall } from './merge-gate-stall.ts';
import { noRuns } from './no-runs.ts';
import { selfEvalBurn } from './self-eval-burn.ts';

/** The group under these options. */
export function fabSlo(options: ResolvedGrafanaOptions): AlertGroupDefinition {
  const queries = createQueries({
    clusterLabel: options.clusterLabel,
    variables: {},
    store: options.store,
  });
  return {
    name: 'fab-slo',
    intervalSeconds: 60,
    alerts: [
      ...options.burnRates.map((rate) => selfEvalBurn(queries, options, rate)),
      mergeGateStall(queries, options),
      noRuns(queries, options),
      ...(options.store === 'victoria-metrics'
        ? [gatewayAbsent(queries, options), ignoredRows(queries)]
        : [metricsAbsent(queries, options)]),
      gatewayRefuses(queries, options),
      gatewayStuck(queries, options),
      lostBatches(queries),
      refusedPoints(queries),
    ],
  };
}
