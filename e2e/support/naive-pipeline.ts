import { join } from 'node:path';
import {
  type ExposedSample,
  freePorts,
  readExposition,
  type Service,
  startCollector,
} from '@ephemetry/testing';
import { locateTools } from './tools.ts';

/** The counter-example, running. */
export interface NaivePipeline {
  readonly endpoint: string;
  readonly service: Service;
  totals(): Promise<readonly ExposedSample[]>;
}

/** Starts `naive-pipeline.yaml`. */
export async function startNaivePipeline(logs: string): Promise<NaivePipeline> {
  const [http = 0, metrics = 0, health = 0] = await freePorts(3);
  const service = await startCollector({
    binary: locateTools().collector,
    configs: [join(import.meta.dirname, 'naive-pipeline.yaml')],
    env: {
      OTLP_ENDPOINT: `127.0.0.1:${http}`,
      METRICS_ENDPOINT: `127.0.0.1:${metrics}`,
      HEALTH_ENDPOINT: `127.0.0.1:${health}`,
    },
    readyUrl: `http://127.0.0.1:${health}/`,
    logFile: join(logs, 'naive.log'),
  });
  const totals = async (): Promise<readonly ExposedSample[]> => {
    const response = await fetch(`http://127.0.0.1:${metrics}/metrics`);
    return readExposition(await response.text());
  };
  return { endpoint: `http://127.0.0.1:${http}/v1/metrics`, service, totals };
}
