/** The shipped configurations on free loopback ports. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExposedSample,
  freePorts,
  readExposition,
  type Service,
  startCollector,
  waitFor,
} from '@ephemetry/testing';
import { locateTools } from './tools.ts';

const CONFIGS = join(import.meta.dirname, '..', '..', 'collector-config');

/** Paths of shipped configurations, by their names in a ConfigMap, which knows no folders. */
export function shipped(...names: readonly string[]): readonly string[] {
  return names.map(pathOf);
}

/** What is written lies beside the README, what follows from the contract in a folder of its own. */
function pathOf(name: string): string {
  const written = join(CONFIGS, name);
  return existsSync(written) ? written : join(CONFIGS, 'declared', name);
}

/** What a gateway is started with. */
export interface GatewayOptions {
  /** @default exact.yaml, histograms.yaml, gateway.yaml */
  readonly configs?: readonly string[];
  /** Keeps its queue from one start to the next. */
  readonly directory: string;
  readonly logFile: string;
  /** Variables of every start. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Variables of the first start, and of later ones unless they are given others. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A gateway that can be started again with the same ports and queue. */
export interface Gateway extends AsyncDisposable {
  /** Full URL of /v1/metrics. */
  readonly endpoint: string;
  /** OTLP over gRPC, without a scheme. */
  readonly grpc: string;
  /** The page that says whether its queue moves, without a scheme. */
  readonly arrivals: string;
  readonly service: Service;
  /** Again, with the same variables or other ones over the defaults. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Its own metrics. @throws {Error} while it is down */
  ownMetrics(): Promise<readonly ExposedSample[]>;
  /** Its pages of counters, histograms and gauges that last. @throws {Error} while it is down */
  totals(): Promise<readonly ExposedSample[]>;
  /** The page of gauges that do not last. @throws {Error} while it is down */
  readings(): Promise<readonly ExposedSample[]>;
  /** Resolves when everything it took is in its totals. */
  merged(): Promise<void>;
}

/** Ports of a gateway on loopback, and the variables that set them. */
interface GatewayPorts {
  readonly http: number;
  readonly grpc: number;
  readonly totals: number;
  readonly own: number;
  readonly health: number;
  readonly arrivals: number;
  readonly readings: number;
  readonly histograms: number;
  readonly results: number;
  /** One for whoever reads its totals. */
  readonly reader: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Free ones, for the shipped configurations. */
export async function freeGatewayPorts(): Promise<GatewayPorts> {
  const [
    http = 0,
    grpc = 0,
    gathered = 0,
    loopback = 0,
    totals = 0,
    own = 0,
    health = 0,
    reader = 0,
    arrivals = 0,
    readings = 0,
    histograms = 0,
    results = 0,
  ] = await freePorts(12);
  const env = {
    GATEWAY_OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
    GATEWAY_OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
    GATEWAY_GATHERED_ENDPOINT: `127.0.0.1:${gathered}`,
    GATEWAY_GATHERED_URL: `http://127.0.0.1:${gathered}`,
    GATEWAY_LOOPBACK_ENDPOINT: `127.0.0.1:${loopback}`,
    GATEWAY_LOOPBACK_URL: `http://127.0.0.1:${loopback}`,
    GATEWAY_TOTALS_ENDPOINT: `127.0.0.1:${totals}`,
    GATEWAY_READINGS_ENDPOINT: `127.0.0.1:${readings}`,
    GATEWAY_HISTOGRAMS_ENDPOINT: `127.0.0.1:${histograms}`,
    GATEWAY_RESULTS_ENDPOINT: `127.0.0.1:${results}`,
    GATEWAY_ARRIVALS_ENDPOINT: `127.0.0.1:${arrivals}`,
    GATEWAY_OWN_METRICS_PORT: String(own),
    GATEWAY_HEALTH_ENDPOINT: `127.0.0.1:${health}`,
  };
  return { http, grpc, totals, own, health, arrivals, readings, histograms, results, reader, env };
}

/** Starts one. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { http, grpc, own, health, arrivals, env: places, ...pages } = await freeGatewayPorts();
  const env = {
    ...places,
    GATEWAY_QUEUE_DIR: join(options.directory, 'queue'),
    GATEWAY_SEEN_DIR: join(options.directory, 'seen'),
    GATEWAY_SERIES_GLOB: join(CONFIGS, 'series', '*.json'),
    GATEWAY_SCRAPE_INTERVAL: '1s',
    GATEWAY_SCRAPE_TIMEOUT: '1s',
    GATEWAY_FORWARD_RETRY: '1s',
  };
  const start = (over: Readonly<Record<string, string>> | undefined): Promise<Service> =>
    startCollector({
      binary: locateTools().collector,
      configs: options.configs ?? shipped('exact.yaml', 'histograms.yaml', 'gateway.yaml'),
      env: { ...env, ...options.fixed, ...(over ?? options.env) },
      // As the manifests do: a throttled request is sent again.
      featureGates: ['exporter.prometheusremotewritexporter.RetryOn429'],
      readyUrl: `http://127.0.0.1:${health}/`,
      logFile: options.logFile,
    });
  let service = await start(undefined);
  const ownMetrics = (): Promise<readonly ExposedSample[]> => scrape(own);
  return {
    endpoint: `http://127.0.0.1:${http}/v1/metrics`,
    grpc: `127.0.0.1:${grpc}`,
    arrivals: `127.0.0.1:${arrivals}`,
    get service() {
      return service;
    },
    start: async (over) => {
      service = await start(over);
    },
    ownMetrics,
    totals: async () => {
      // In front of VictoriaMetrics, and at the bench's gateway of before, there is the first one only.
      const others = [pages.histograms, pages.results].map((port) => scrape(port).catch(() => []));
      return [await scrape(pages.totals), ...(await Promise.all(others))].flat();
    },
    readings: () => scrape(pages.readings),
    merged: () => queueIsIdle(ownMetrics),
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

/** Longer than the queue's flush, during which a batch is neither in the queue nor on its way. */
const IDLE_MS = 600;

/** Nothing queued, nothing on its way, nothing sent for a while. */
async function queueIsIdle(ownMetrics: () => Promise<readonly ExposedSample[]>): Promise<void> {
  const queue = /^otlp_http.(kept|queue)$/;
  let sent = -1;
  let sinceMs = performance.now();
  const isIdle = async (): Promise<boolean> => {
    const own = await ownMetrics();
    const now = sumOf(own, 'otelcol_exporter_sent_metric_points', queue);
    const pending =
      sumOf(own, 'otelcol_exporter_queue_size', queue) +
      sumOf(own, 'otelcol_exporter_in_flight_requests', queue);
    if (now !== sent || pending > 0) sinceMs = performance.now();
    sent = now;
    return performance.now() - sinceMs > IDLE_MS;
  };
  await waitFor(isIdle, { what: 'the durable queue to be empty', deadlineMs: 120_000 });
}

/** The sum of a metric's samples; of those with a label that matches, when a pattern is given. */
export function sumOf(samples: readonly ExposedSample[], name: string, label?: RegExp): number {
  return samples
    .filter((sample) => sample.name === name || sample.name === `${name}_total`)
    .filter(({ labels }) => label === undefined || Object.values(labels).some((value) => label.test(value)))
    .reduce((sum, { value }) => sum + value, 0);
}

async function scrape(port: number): Promise<readonly ExposedSample[]> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return readExposition(await response.text());
}
