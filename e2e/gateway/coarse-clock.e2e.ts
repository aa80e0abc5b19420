/** A clock that stands for longer than a point takes: that of a laptop with macOS has a resolution of 1 µs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { shipped, startGateway } from '../support/gateway.ts';
import { batchOf, counterOf, histogramOf, pointNow } from '../support/hostile-requests.ts';
import { showsTotal } from '../support/laptop-gateway.ts';
import { postAll } from '../support/post.ts';
import { keptLogs } from '../support/stack.ts';

const RUNS = 200;
const LAPTOP = shipped('exact.yaml', 'histograms.yaml', 'local.yaml');

/** The stamps of a shipped configuration, by a clock that stands for 10 ms. */
function coarse(file: string): string {
  const { processors } = parse(readFileSync(file, 'utf8'));
  const stamp = JSON.parse(
    JSON.stringify(processors['transform/stamp'])
      .replaceAll('Now()', "TruncateTime(Now(), Duration('10ms'))")
      .replaceAll("'10ms'", '\\"10ms\\"'),
  );
  return stringify({ processors: { 'transform/stamp': stamp } });
}

test('points of one series that are merged within a tick of a laptop’s clock are all counted', async (t) => {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const overlay = join(directory.path, 'coarse.yaml');
  writeFileSync(overlay, coarse(LAPTOP[0] ?? ''));
  const gateway = await startGateway({
    configs: [...LAPTOP, overlay],
    directory: directory.path,
    logFile: join(logs, 'gateway.log'),
  });
  t.onTestFinished(() => gateway.service.kill('SIGKILL').catch(() => {}));
  const seconds = { count: '1', sum: 2, explicitBounds: [5], bucketCounts: ['1', '0'] };
  const bodies = Array.from({ length: RUNS }, (_, run) =>
    batchOf(`run-${run}`, [
      counterOf('ticks_total', pointNow({ asInt: '1' }), pointNow({ asInt: '2' }, { part: 'b' })),
      histogramOf('ticks_seconds', pointNow(seconds)),
    ]),
  );
  await postAll(gateway.endpoint, bodies, 16);
  await showsTotal(gateway, 'ticks_total', 3 * RUNS);
  await showsTotal(gateway, 'ticks_seconds_sum', 2 * RUNS);
  await showsTotal(gateway, 'ticks_seconds_count', RUNS);
  expect(gateway.service.log()).not.toMatch(/panic/);
});
