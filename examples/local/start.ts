/**
 * The same as compose.yaml without Docker and Grafana: starts `otelcol-contrib` and `prometheus` from the PATH and stops
 * them at Ctrl-C. Run as `node examples/local/start.ts`; `--print` shows each batch.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CONFIGS = join(import.meta.dirname, '..', '..', 'collector-config');
const {
  XDG_STATE_HOME = join(homedir(), '.local', 'state'),
  COLLECTOR = 'otelcol-contrib',
  PROMETHEUS = 'prometheus',
} = process.env;
const state = join(XDG_STATE_HOME, 'ephemetry', 'local');
mkdirSync(state, { recursive: true, mode: 0o700 });

function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  child.once('error', (error) => {
    console.error(
      `${command} cannot be started: ${error.message}. Put it on the PATH, or run \`pnpm e2e:tools\` and name it in COLLECTOR or PROMETHEUS.`,
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
  const { GATEWAY_TOTALS_ENDPOINT = '127.0.0.1:9464', GATEWAY_OWN_METRICS_PORT = '8888' } = process.env;
  const path = join(state, 'prometheus.yaml');
  const shipped = readFileSync(join(import.meta.dirname, 'prometheus.yaml'), 'utf8');
  const here = shipped
    .replace('collector:9464', GATEWAY_TOTALS_ENDPOINT)
    .replace('collector:8888', `127.0.0.1:${GATEWAY_OWN_METRICS_PORT}`);
  writeFileSync(path, here);
  return path;
}

const files = [
  'exact.yaml',
  'histograms.yaml',
  'local.yaml',
  ...(process.argv.includes('--print') ? ['print.yaml'] : []),
];
const children: ChildProcess[] = [];
process.once('SIGINT', () => stop(0));
process.once('SIGTERM', () => stop(0));
children.push(
  start(
    COLLECTOR,
    files.map((file) => `--config=${join(CONFIGS, file)}`),
    {
      GATEWAY_QUEUE_DIR: join(state, 'queue'),
      GATEWAY_SEEN_DIR: join(state, 'seen'),
      GATEWAY_SERIES_GLOB: join(CONFIGS, 'series', '*.json'),
    },
  ),
  start(
    PROMETHEUS,
    [
      `--config.file=${prometheusConfig()}`,
      `--storage.tsdb.path=${join(state, 'prometheus')}`,
      `--web.listen-address=${process.env['PROMETHEUS_ADDRESS'] ?? '127.0.0.1:9090'}`,
    ],
    {},
  ),
);
