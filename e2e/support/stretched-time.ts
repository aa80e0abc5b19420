/**
 * Hours within a minute: the samples that a Prometheus got from the gateway, with more time between them, in a second
 * Prometheus. Everything before it ran in real time; what queries say about hours is evaluated over hours.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, querySamples, type SampleRange, type Service, startService } from '@ephemetry/testing';
import { locateTools } from './tools.ts';

/** A Prometheus that holds the same samples, further apart. */
export interface StretchedPrometheus {
  readonly url: string;
  readonly service: Service;
  /** Where a moment of the real time is in the stretched one, seconds since 1970. */
  at(realSeconds: number): number;
}

/** The samples end now, and begin `factor` times as long ago as they did. */
export async function stretchTime(
  url: string,
  selector: string,
  { factor, directory }: { readonly factor: number; readonly directory: string },
): Promise<StretchedPrometheus> {
  const ranges = await querySamples(url, `${selector}[1h]`);
  const nowSeconds = Date.now() / 1_000;
  const at = (realSeconds: number): number => nowSeconds - (nowSeconds - realSeconds) * factor;
  const file = join(directory, 'samples.om');
  writeFileSync(file, toOpenMetrics(ranges, at));
  const { prometheus, promtool } = locateTools();
  const blocks = join(directory, 'stretched');
  execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks], { stdio: 'pipe' });
  const [port = 0] = await freePorts(1);
  const config = join(directory, 'stretched.yaml');
  writeFileSync(config, 'scrape_configs: []\n');
  const service = await startService({
    name: 'the stretched Prometheus',
    binary: prometheus,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${blocks}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    readyUrl: `http://127.0.0.1:${port}/-/ready`,
    logFile: join(directory, 'stretched.log'),
  });
  return { url: `http://127.0.0.1:${port}`, service, at };
}

/** @see https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md */
function toOpenMetrics(ranges: readonly SampleRange[], at: (realSeconds: number) => number): string {
  const lines = ranges.flatMap(({ labels: { __name__ = '', ...labels }, samples }) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const series = `${__name__}{${pairs.join(',')}}`;
    return samples.map(([seconds, value]) => `${series} ${value} ${at(seconds).toFixed(3)}`);
  });
  return `${lines.join('\n')}\n# EOF\n`;
}
