/**
 * The same as compose.yaml without Docker and Grafana: starts `otelcol-contrib` and `prometheus` from the PATH and stops
 * them at Ctrl-C. Run as `node examples/local/start.ts`; `--print` shows each batch, `--store victoria-metrics` puts
 * `victoria-metrics` in the place of Prometheus.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const CONFIGS = join(import.meta.dirname, '..', '..', 'collector-config');
const {
  XDG_STATE_HOME = join(homedir(), '.local', 'state'),
  COLLECTOR = 'otelcol-contrib',
  PROMETHEUS = 'prometheus',
  VICTORIA_METRICS = 'victoria-metrics',
} = process.env;
const { values: chosen } = parseArgs({
  options: { print: { type: 'boolean', default: false }, store: { type: 'string', default: 'prometheus' } },
});
// What waits in a queue of totals is not what a store of deltas takes.
const state = join(
  XDG_STATE_HOME,
  'ephemetry',
  chosen.store === 'prometheus' ? 'local' : `local-${chosen.store}`,
);

function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  child.once('error', (error) => {
    console.error(
      `${command} cannot be started: ${error.message}. Put it on the PATH, or run \`pnpm e2e:tools\` and name it in COLLECTOR, PROMETHEUS or VICTORIA_METRICS.`,
    );
    stop(1);
  });
  child.once('exit', (code) => stop(code ?? 0));
  return child;
}

function stop(exitCode: number): void {
  process.exitCode ??= exitCode;
  for (const child of children) child.kill('SIGTERM');
}

/** compose.yaml's Prometheus knows the Collector by its service name. */
function prometheusConfig(): string {
  const {
    GATEWAY_TOTALS_ENDPOINT = '127.0.0.1:9464',
    GATEWAY_HISTOGRAMS_ENDPOINT = '127.0.0.1:9468',
    GATEWAY_RESULTS_ENDPOINT = '127.0.0.1:9469',
    GATEWAY_READINGS_ENDPOINT = '127.0.0.1:9467',
    GATEWAY_OWN_METRICS_PORT = '8888',
  } = process.env;
  const path = join(state, 'prometheus.yaml');
  const shipped = readFileSync(join(import.meta.dirname, 'prometheus.yaml'), 'utf8');
  const here = shipped
    .replace('collector:9464', GATEWAY_TOTALS_ENDPOINT)
    .replace('collector:9468', GATEWAY_HISTOGRAMS_ENDPOINT)
    .replace('collector:9469', GATEWAY_RESULTS_ENDPOINT)
    .replace('collector:9467', GATEWAY_READINGS_ENDPOINT)
    .replace('collector:8888', `127.0.0.1:${GATEWAY_OWN_METRICS_PORT}`);
  writeFileSync(path, here);
  return path;
}

/** A store, and the Collector's configuration in front of it. */
interface Store {
  readonly configs: readonly string[];
  /** Of the Collector. */
  readonly env: Readonly<Record<string, string>>;
  start(): ChildProcess;
}

function prometheus(): Store {
  return {
    configs: ['exact.yaml', 'declared/histograms.yaml', 'local.yaml'],
    env: {},
    start: () =>
      start(
        PROMETHEUS,
        [
          `--config.file=${prometheusConfig()}`,
          `--storage.tsdb.path=${join(state, 'prometheus')}`,
          `--web.listen-address=${process.env['PROMETHEUS_ADDRESS'] ?? '127.0.0.1:9090'}`,
        ],
        {},
      ),
  };
}

function victoriaMetrics(): Store {
  const address = process.env['VICTORIA_METRICS_ADDRESS'] ?? '127.0.0.1:8428';
  return {
    configs: ['exact.yaml', 'declared/histograms.yaml', 'victoria-metrics.yaml'],
    env: {
      VICTORIA_METRICS_URL: `http://${address}`,
      GATEWAY_START_FILE: newStartFile(),
      // A cluster's gateway listens on every address.
      GATEWAY_OTLP_HTTP_ENDPOINT: '127.0.0.1:4318',
      GATEWAY_OTLP_GRPC_ENDPOINT: '127.0.0.1:4317',
      GATEWAY_HEALTH_ENDPOINT: '127.0.0.1:13133',
      GATEWAY_MEMORY_LIMIT_MIB: '400',
      GATEWAY_MEMORY_SPIKE_MIB: '100',
    },
    start: () =>
      start(
        VICTORIA_METRICS,
        [
          `-storageDataPath=${join(state, 'victoria-metrics')}`,
          `-httpListenAddr=${address}`,
          '-retentionPeriod=1y',
          '-dedup.minScrapeInterval=1ms',
          '-inmemoryDataFlushInterval=1s',
          '-opentelemetry.promoteScopeMetadata=false',
          '-selfScrapeInterval=15s',
        ],
        {},
      ),
  };
}

/** Names this start of the Collector: Linux has a file for that, macOS has none. */
function newStartFile(): string {
  const path = join(state, 'start');
  writeFileSync(path, randomUUID());
  return path;
}

const STORES: ReadonlyMap<string, () => Store> = new Map([
  ['prometheus', prometheus],
  ['victoria-metrics', victoriaMetrics],
]);
const createStore = STORES.get(chosen.store);
if (createStore === undefined) {
  console.error(`--store is "${chosen.store}"; allowed: ${[...STORES.keys()].join(', ')}`);
  process.exit(2);
}
mkdirSync(state, { recursive: true, mode: 0o700 });
const store = createStore();
const files = [...store.configs, ...(chosen.print ? ['print.yaml'] : [])];
const children: ChildProcess[] = [];
process.once('SIGINT', () => stop(0));
process.once('SIGTERM', () => stop(0));
children.push(
  start(
    COLLECTOR,
    files.map((file) => `--config=${join(CONFIGS, file)}`),
    {
      ...store.env,
      // Nobody else on this machine sends behind the checks.
      GATEWAY_LOOPBACK_TOKEN: randomUUID(),
      ...process.env,
      GATEWAY_QUEUE_DIR: join(state, 'queue'),
      GATEWAY_SEEN_DIR: join(state, 'seen'),
      GATEWAY_SERIES_GLOB: join(CONFIGS, 'series', '*.json'),
    },
  ),
  store.start(),
);
