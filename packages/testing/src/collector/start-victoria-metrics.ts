import { claimPort } from '../free-ports.ts';
import { type Service, startService } from './service.ts';

/** What a VictoriaMetrics is started with. */
export interface VictoriaMetricsOptions {
  /** Path of `victoria-metrics`. */
  readonly binary: string;
  /** Its data; kept when it stops, so that another start finds it. */
  readonly directory: string;
  readonly logFile: string;
  /** Its port of 127.0.0.1. @default a free one */
  readonly port?: number;
}

/** A started VictoriaMetrics. It answers Prometheus' queries: see `queryPrometheus`. */
export interface VictoriaMetrics extends Service {
  /** For example `http://127.0.0.1:40123`. */
  readonly url: string;
  /** What came in the last second is not searchable without it. */
  flush(): Promise<void>;
}

/**
 * Starts a real VictoriaMetrics, as the manifests do, but with answers from now on instead of from 30 s ago.
 *
 * @throws {Error} with the end of its log, when it does not get ready.
 */
export async function startVictoriaMetrics(options: VictoriaMetricsOptions): Promise<VictoriaMetrics> {
  const port = options.port ?? (await claimPort());
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `-storageDataPath=${options.directory}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-dedup.minScrapeInterval=1ms',
    '-inmemoryDataFlushInterval=1s',
    '-retentionPeriod=1y',
    '-opentelemetry.promoteScopeMetadata=false',
    '-selfScrapeInterval=1s',
    '-search.latencyOffset=0s',
    '-search.disableCache',
    // Of a shared machine: it takes 60 % by default.
    '-memory.allowedBytes=256MiB',
  ];
  const { binary, logFile } = options;
  const service = await startService({
    name: 'VictoriaMetrics',
    binary,
    args,
    readyUrl: `${url}/health`,
    logFile,
  });
  const flush = async (): Promise<void> => {
    await fetch(`${url}/internal/force_flush`);
  };
  return Object.assign(service, { url, flush });
}
