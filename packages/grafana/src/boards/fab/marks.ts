/** What happened meanwhile: marked on every chart of every board. */
import { GATEWAY_METRICS } from '@ephemetry/contract';
import type { MarkDefinition } from '../../engine/panels/panel.ts';
import type { Queries } from '../../engine/promql/queries.ts';

/** Restarts of the gateway, and alerts while they fire where a Prometheus or the ruler of AMP judges them. */
export function fabMarks(queries: Queries): readonly MarkDefinition[] {
  return [
    {
      name: 'Gateway restarted',
      // Its uptime is lower than a moment ago.
      expr: `sum(resets(${queries.series(GATEWAY_METRICS.uptime)}[2m])) > 0`,
      text: 'What was merged since its last scrape may be missing: see the runbook.',
      color: 'purple',
    },
    {
      name: 'Alert',
      expr: 'ALERTS{alertname=~"Fab.*", alertstate="firing"}',
      text: '{{alertname}}',
      color: 'red',
    },
  ];
}
