import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimPort } from '../free-ports.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type Service, startService } from './service.ts';

/** What a Prometheus is started with. */
export interface PrometheusOptions {
  /** Path of `prometheus`. */
  readonly binary: string;
  readonly logFile: string;
  /** Configuration, as YAML or JSON. @default an empty one: it only takes remote writes */
  readonly config?: string;
  /** How long it keeps data; a block that is older goes at once. @default its own, 15 days */
  readonly retentionYears?: number;
  /** Puts blocks of an earlier time into the data directory before the start. @default none */
  readonly prepareData?: (directory: string) => void;
  /** Its port of 127.0.0.1. @default a free one */
  readonly port?: number;
}

/** A started Prometheus with its remote-write receiver on; its data goes when it stops. */
export interface Prometheus extends Service {
  /** For example `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Where remote writes go. */
  readonly writeUrl: string;
}

/**
 * Starts a real Prometheus on a free port of 127.0.0.1.
 *
 * @throws {Error} with the end of its log, when it does not get ready.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const port = options.port ?? (await claimPort());
  const url = `http://127.0.0.1:${port}`;
  const directory = temporaryDirectory();
  const configFile = join(directory.path, 'prometheus.yml');
  writeFileSync(configFile, options.config ?? '{}\n');
  const data = join(directory.path, 'data');
  options.prepareData?.(data);
  const args = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    ...(options.retentionYears === undefined
      ? []
      : [`--storage.tsdb.retention.time=${options.retentionYears}y`]),
  ];
  const { binary, logFile } = options;
  const service = await startService({
    name: 'Prometheus',
    binary,
    args,
    readyUrl: `${url}/-/ready`,
    logFile,
  }).catch((error: unknown) => {
    directory.remove();
    throw error;
  });
  const stop = async (withinMs?: number): Promise<void> => {
    await service.stop(withinMs);
    directory.remove();
  };
  return {
    pid: service.pid,
    url,
    writeUrl: `${url}/api/v1/write`,
    log: () => service.log(),
    stop,
    kill: (signal) => service.kill(signal),
    [Symbol.asyncDispose]: () => stop(),
  };
}
