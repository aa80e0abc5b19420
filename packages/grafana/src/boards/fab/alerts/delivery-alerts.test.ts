import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fabObservability } from '../fab-observability.ts';

const runbook = readFileSync(join(import.meta.dirname, '../../../../../../docs/runbook.md'), 'utf8');

test('the pager and the page of absent metrics say what the runbook says: no restart while AMP has not got everything', () => {
  const alerts = fabObservability().alertGroups.flatMap((group) => group.alerts);
  const absent = alerts.find(({ uid }) => uid === 'fab-metrics-absent');
  expect(absent?.description).toContain('a restart would lose');
  const steps = absent?.page.act ?? [];
  expect(steps.filter((step) => /start it\b/.test(step))).toEqual([
    expect.stringMatching(/^Not running\b/),
    expect.stringMatching(/^Running, .*do not restart it\..*\(\.\.\/runbook\.md#amp-rejects-or-is-away\)/),
  ]);
  const [, section = ''] = runbook.split('\n## AMP rejects or is away\n');
  expect(section.split('\n## ')[0]).toContain('Do not restart the gateway before that');
});
