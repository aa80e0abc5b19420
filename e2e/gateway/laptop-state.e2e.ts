import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startCollector, temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { freeGatewayPorts, shipped } from '../support/gateway.ts';
import { keptLogs } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';

test('a Collector on a laptop keeps its queue and notes where only its owner looks, not in a shared directory', async (t) => {
  const home = temporaryDirectory();
  t.onTestFinished(home.remove);
  const { health, env } = await freeGatewayPorts();
  const collector = await startCollector({
    binary: locateTools().collector,
    configs: shipped('exact.yaml', 'histograms.yaml', 'local.yaml'),
    env: { ...env, HOME: home.path },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(keptLogs(t), 'collector.log'),
  });
  t.onTestFinished(() => collector.stop());
  for (const directory of ['queue', 'seen']) {
    const { mode } = statSync(join(home.path, '.local/state/ephemetry/gateway', directory));
    expect((mode & 0o777).toString(8), directory).toBe('700');
  }
});
