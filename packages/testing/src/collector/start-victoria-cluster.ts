/** VictoriaMetrics as a cluster of its three programs, in front of which a test sees one store. */
import { join } from 'node:path';
import { freePorts } from '../free-ports.ts';
import { type Service, startService } from './service.ts';
import type { VictoriaMetrics } from './start-victoria-metrics.ts';

/** Paths of the cluster's programs. */
export interface VictoriaClusterTools {
  readonly vminsert: string;
  readonly vmselect: string;
  readonly vmstorage: string;
}

/** What a cluster is started with. */
export interface VictoriaClusterOptions {
  readonly tools: VictoriaClusterTools;
  /** Data of its two storage nodes. */
  readonly directory: string;
  readonly logs: string;
}

/** A started cluster: its `url` answers Prometheus' queries. `pid`, `log` and signals are those of its first storage node. */
export interface VictoriaCluster extends VictoriaMetrics {
  /** What `VICTORIA_METRICS_URL` is in front of it. */
  readonly insertUrl: string;
}

const MEMORY = '-memory.allowedBytes=128MiB';

/**
 * Starts a real VictoriaMetrics cluster on loopback, as the manifests do: two vmstorage, one vminsert, one vmselect.
 *
 * @throws {Error} with the end of its log, when a part does not get ready.
 */
export async function startVictoriaCluster(options: VictoriaClusterOptions): Promise<VictoriaCluster> {
  const parts: Service[] = [];
  const end = async (): Promise<void> => {
    // What asks first, what keeps last.
    for (const part of parts.toReversed()) await part.kill('SIGKILL');
  };
  const start = async (
    name: keyof VictoriaClusterTools,
    args: readonly string[],
    number = '',
  ): Promise<Started> => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const service = await startService({
      name,
      binary: options.tools[name],
      args: [`-httpListenAddr=127.0.0.1:${port}`, MEMORY, ...args],
      readyUrl: `${url}/health`,
      logFile: join(options.logs, `${name}${number}.log`),
    });
    parts.push(service);
    return { url, service };
  };
  try {
    const storages = await Promise.all(['0', '1'].map((number) => startStorage(options, start, number)));
    const nodesFor = (way: 'insert' | 'select'): readonly string[] =>
      storages.map((storage) => `-storageNode=127.0.0.1:${storage[way]}`);
    const insert = await start('vminsert', [
      ...nodesFor('insert'),
      '-opentelemetry.promoteScopeMetadata=false',
    ]);
    const select = await start('vmselect', [
      ...nodesFor('select'),
      '-dedup.minScrapeInterval=1ms',
      '-search.latencyOffset=0s',
      '-search.disableCache',
    ]);
    const [first] = storages;
    if (first === undefined) throw new Error('no storage');
    return {
      pid: first.service.pid,
      log: () => parts.map((part) => part.log()).join('\n'),
      stop: (withinMs) => first.service.stop(withinMs),
      kill: end,
      url: `${select.url}/select/0/prometheus`,
      insertUrl: `${insert.url}/insert/0`,
      flush: async () => {
        for (const { url } of storages) await fetch(`${url}/internal/force_flush`);
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Started {
  readonly url: string;
  readonly service: Service;
}

interface Storage extends Started {
  readonly insert: number;
  readonly select: number;
}

async function startStorage(
  { directory }: VictoriaClusterOptions,
  start: (name: 'vmstorage', args: readonly string[], number: string) => Promise<Started>,
  number: string,
): Promise<Storage> {
  const [insert = 0, select = 0] = await freePorts(2);
  const started = await start(
    'vmstorage',
    [
      `-storageDataPath=${join(directory, number)}`,
      `-vminsertAddr=127.0.0.1:${insert}`,
      `-vmselectAddr=127.0.0.1:${select}`,
      '-dedup.minScrapeInterval=1ms',
      '-inmemoryDataFlushInterval=1s',
      '-retentionPeriod=1y',
    ],
    number,
  );
  return { ...started, insert, select };
}
