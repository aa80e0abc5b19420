import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { freePorts, queryPrometheus, startCollector, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { type Gateway, shipped, startGateway } from '../support/gateway.ts';
import { runLoad } from '../support/load.ts';
import { addPodName, startLossyLink } from '../support/lossy-link.ts';
import { planRuns } from '../support/plan.ts';
import { forwardTo, keptLogs, startBackend } from '../support/stack.ts';
import { locateTools } from '../support/tools.ts';
import { differences, seriesOf, truthOf } from '../support/truth.ts';

const CONFIGS = shipped('exact.yaml', 'histograms.yaml', 'gateway.yaml', 'gateway-sharded/shard.yaml');

test('two shards behind the balancer, a fifth of the batches sent twice: their sum is the truth', async (t) => {
  const logs = keptLogs(t);
  const directory = temporaryDirectory();
  t.onTestFinished(directory.remove);
  const { amp, prometheus } = await startBackend(t, logs);
  const startShard = async (shard: string): Promise<Gateway> => {
    const gateway = await startGateway({
      configs: CONFIGS,
      directory: join(directory.path, shard),
      logFile: join(logs, `shard-${shard}.log`),
      fixed: { ...forwardTo(amp), GATEWAY_SHARD: shard },
    });
    t.onTestFinished(() => gateway.service.stop());
    return gateway;
  };
  const shards = [await startShard('0'), await startShard('1')] as const;
  const [http = 0, grpc = 0, health = 0, own = 0] = await freePorts(4);
  const balancer = await startCollector({
    binary: locateTools().collector,
    configs: shipped('gateway-sharded/balancer.yaml'),
    env: {
      BALANCER_OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
      BALANCER_OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
      BALANCER_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
      BALANCER_OWN_METRICS_PORT: String(own),
      SHARD_0: shards[0].grpc,
      SHARD_1: shards[1].grpc,
    },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(logs, 'balancer.log'),
  });
  t.onTestFinished(() => balancer.stop());

  // The second copy of a batch comes by way of another pod: that must change neither its shard nor its identity.
  const link = await startLossyLink(`http://127.0.0.1:${http}/v1/metrics`, 0.2, 17, addPodName());
  t.onTestFinished(() => link[Symbol.asyncDispose]());
  const runs = planRuns(60, 17);
  const spoolDir = join(directory.path, 'spool');
  await runLoad({ runs, endpoint: link.endpoint, spoolDir, atATime: 4 });
  link.heal();
  const report = await drain({ spoolDir, endpoint: link.endpoint, env: {} });
  expect(report).toMatchObject({ spooled: 0, rejected: 0 });
  expect(link.duplicates()).toBeGreaterThan(0);

  await Promise.all(shards.map((shard) => shard.merged()));
  const truth = truthOf(runs.flatMap((run) => run.measurements));
  const shown = async (): Promise<readonly string[]> =>
    differences(seriesOf(await queryPrometheus(prometheus.url, '{job="fab"}')), truth);
  let last: readonly string[] = [];
  const isRight = async (): Promise<boolean> => {
    last = await shown();
    return last.length === 0;
  };
  await waitFor(isRight, {
    what: 'the sum to be the truth',
    deadlineMs: 30_000,
    describe: () => last.join('\n'),
  });
  const perShard = await queryPrometheus(prometheus.url, 'sum by (shard) (fab_agent_sessions_total)');
  console.log(perShard.map(({ labels, value }) => `shard ${labels['shard']}: ${value} sessions`).join(', '));
  expect(perShard.map(({ value }) => value > 0)).toEqual([true, true]);
});
