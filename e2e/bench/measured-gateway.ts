/** A gateway under load: as the manifests run it, forwarding to somebody who takes everything. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePorts, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { parse } from 'yaml';
import { type Gateway, shipped, startGateway, sumOf } from '../support/gateway.ts';
import { generate } from './generator.ts';
import { COUNTED, type Encoding } from './prepared-batch.ts';

const MANIFEST = join(import.meta.dirname, '../../examples/kubernetes/gateway/stateful-set.yaml');

/** What a measured gateway differs in. */
export interface Variant {
  /** A part to leave out: a file of `without/`, with its configuration. @default nothing */
  readonly without?: string;
  /** Whether it is the gateway as it was before it checked everything in front of its queue. @default false */
  readonly isBefore?: boolean;
  /** Further variables. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** One that runs. Disposing ends it and removes its queue. */
export interface MeasuredGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Sends so many batches, each a run of its own; resolves when all are in the totals. @throws {Error} when the totals are not exact */
  load(batches: number, encoding: Encoding): Promise<Cost>;
  /** A value of its own metrics; several are added up. */
  own(name: string, label?: RegExp): Promise<number>;
}

/** What a load cost. */
export interface Cost {
  /** Until the last batch was answered. */
  readonly takenMs: number;
  /** Until the last batch was in the totals. */
  readonly mergedMs: number;
  /** Processor time of the gateway. */
  readonly processorMs: number;
}

/** Variables of the manifest's container that are about memory: measured is what is deployed. */
export function manifestMemory(): Readonly<Record<string, string>> {
  const { spec } = parse(readFileSync(MANIFEST, 'utf8'));
  const env: readonly { readonly name: string; readonly value: string }[] =
    spec.template.spec.containers[0].env;
  return Object.fromEntries(
    env
      .filter(({ name }) => /^GO|MEMORY/.test(name))
      .map(({ name, value }): [string, string] => [name, value]),
  );
}

/** More memory than a load of the bench needs: refusals would be measured otherwise. */
export const ROOM = {
  GATEWAY_MEMORY_LIMIT_MIB: '8000',
  GATEWAY_MEMORY_SPIKE_MIB: '500',
  GOMEMLIMIT: '7500MiB',
};

/** Starts one, and warms it up. */
export async function startMeasuredGateway(variant: Variant = {}): Promise<MeasuredGateway> {
  const { without, isBefore = false, env = {} } = variant;
  const directory = temporaryDirectory();
  const sink = await startNullServer();
  const files = ['exact.yaml', 'histograms.yaml', 'gateway.yaml'];
  const configs = isBefore
    ? files.map((file) => join(import.meta.dirname, 'before', file))
    : shipped(...files);
  const leftOut = without === undefined ? [] : [join(import.meta.dirname, 'without', `${without}.yaml`)];
  const gateway = await startGateway({
    configs: [...configs, ...leftOut],
    directory: directory.path,
    logFile: join(directory.path, 'gateway.log'),
    fixed: {
      AMP_REMOTE_WRITE_URL: sink.url,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      GATEWAY_SCRAPE_INTERVAL: '15s',
      ...manifestMemory(),
      ...ROOM,
      ...env,
    },
  });
  let runs = 0;
  const own = async (name: string, label?: RegExp): Promise<number> =>
    sumOf(await gateway.ownMetrics(), name, label);
  const counted = async (): Promise<number> => sumOf(await gateway.totals(), COUNTED);
  const load = async (batches: number, encoding: Encoding): Promise<Cost> => {
    const processorBefore = await own('otelcol_process_cpu_seconds');
    const startedAt = performance.now();
    await generate({ endpoint: gateway.endpoint, encoding, batches, firstRun: runs });
    const takenMs = performance.now() - startedAt;
    runs += batches;
    // Looking costs the gateway a page of 1,500 series: not too often.
    const areCounted = async (): Promise<boolean> => {
      await wait(100);
      return (await counted()) >= runs;
    };
    await waitFor(areCounted, { what: 'all totals', deadlineMs: 300_000 });
    const mergedMs = performance.now() - startedAt;
    if ((await counted()) !== runs) throw new Error(`${await counted()} of ${runs} batches are counted`);
    const processorMs = ((await own('otelcol_process_cpu_seconds')) - processorBefore) * 1_000;
    return { takenMs, mergedMs, processorMs };
  };
  await load(1_000, 'json');
  const end = async (): Promise<void> => {
    // Its end is not measured; a queue that is drained first would take a while.
    await gateway.service.kill('SIGKILL');
    sink.stop();
    directory.remove();
  };
  return { gateway, load, own, [Symbol.asyncDispose]: end };
}

/** Takes everything and looks at nothing. */
export interface NullServer {
  readonly url: string;
  stop(): void;
}

/** Starts one in a process of its own. */
export async function startNullServer(): Promise<NullServer> {
  const [port = 0] = await freePorts(1);
  const program = join(import.meta.dirname, '..', 'support', 'fixtures', 'null-server.ts');
  const child: ChildProcess = spawn(process.execPath, [program, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return { url: `http://127.0.0.1:${port}/v1/metrics`, stop: () => child.kill() };
}
