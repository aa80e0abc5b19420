/** Starts planned runs as real processes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { FAB_METRICS } from '@ephemetry/contract';
import { compileCache } from '@ephemetry/testing';
import type { Told } from './fixtures/measuring-run.ts';
import type { PlannedRun } from './plan.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures', 'measuring-run.ts');

/** Where the runs' batches go. */
export interface LoadOptions {
  readonly runs: readonly PlannedRun[];
  /** Full URL of /v1/metrics. */
  readonly endpoint: string;
  /** Shared by all runs, as on a laptop. */
  readonly spoolDir: string;
  /** Processes at a time. @default 16 */
  readonly atATime?: number;
  /** Further variables of the runs. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts them in order, each as soon as another has ended. @throws {Error} when one does not end as planned */
export async function runLoad(options: LoadOptions): Promise<void> {
  const pending = options.runs.values();
  const worker = async (): Promise<void> => {
    // One iterator for all workers: each run is taken once.
    for (const run of pending) await runOnce(run, options);
  };
  await Promise.all(Array.from({ length: options.atATime ?? 16 }, worker));
}

/** One run. Resolves when its process is gone. */
export async function runOnce(run: PlannedRun, options: Omit<LoadOptions, 'runs'>): Promise<void> {
  const { endpoint, spoolDir, env } = options;
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(toldOf(run)), run.ending], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...compileCache(),
      HOME: spoolDir,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
      EPHEMETRY_SPOOL_DIR: spoolDir,
      ...env,
    },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(String(signal ?? code)));
  });
  const expected = { exit: '0', natural: '0', throw: '1', killed: 'SIGKILL' }[run.ending];
  if (ended !== expected) throw new Error(`a run ended with ${ended} instead of ${expected}: ${stderr}`);
}

function toldOf({ measurements }: PlannedRun): readonly Told[] {
  return measurements.map(({ metric, labels, value }) => {
    const { name, unit, description, ...kind } = FAB_METRICS[metric];
    const bounds = kind.instrument === 'histogram' ? kind.bounds : undefined;
    return { name, unit, description, isInteger: kind.valueType === 'int', bounds, labels, value };
  });
}
