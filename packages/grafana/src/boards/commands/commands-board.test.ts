import { expect, test } from 'vitest';
import { METRIC_STORES } from '../../engine/promql/queries.ts';
import { commandsObservability } from './commands-observability.ts';

test.each(METRIC_STORES)('shows 0 %% for a command that ran and never failed, in %s', (store) => {
  const { dashboards } = commandsObservability({ store });
  const panels = dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
  const share = panels.find(({ title }) => title === 'Share of runs that failed');
  const [failed = '', all = ''] = share?.queries[0]?.expr.split(' / ') ?? [];
  expect(all).toMatch(/^\((?<runs>.*) > 0\)$/);
  expect(failed.endsWith(` or ${all.slice(1, -' > 0)'.length)} * 0)`)).toBe(true);
});
