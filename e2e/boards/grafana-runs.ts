/** Starts planned runs of fab as real processes, and drains what the killed ones leave. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type DrainReport, drain } from '@ephemetry/exporter';
import { compileCache } from '@ephemetry/testing';
import type { PlannedFabRun } from './grafana-population.ts';

const PROGRAM = join(import.meta.dirname, '..', 'support', 'fixtures', 'recording-run.ts');

/** Where the runs' batches go. */
export interface FabRunsOptions {
  readonly runs: readonly PlannedFabRun[];
  /** Full URL of /v1/metrics. */
  readonly endpoint: string;
  /** Where the spools are: one of the runs, one of those that are killed. */
  readonly directory: string;
}

/**
 * Starts them in order, eight at a time; those that are killed leave everything in a spool of their own, which is drained
 * at the end. Resolves with that drain's report.
 *
 * @throws {Error} when a run does not end as planned
 */
export async function runFab({ runs, endpoint, directory }: FabRunsOptions): Promise<DrainReport> {
  const pending = runs.values();
  const left = mkdtempSync(join(directory, 'left-'));
  const worker = async (): Promise<void> => {
    for (const run of pending) {
      const isKilled = run.ending === 'killed';
      await runOnce(run, {
        EPHEMETRY_SPOOL_DIR: isKilled ? left : join(directory, 'spool'),
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
        // Each waits for its answer, also on a busy machine; one that is killed has sent nothing.
        EPHEMETRY_EXIT_BUDGET_MS: '20000',
        ...(isKilled ? { EPHEMETRY_DELIVERY: 'spool-only' } : {}),
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return drain({ spoolDir: left, endpoint, env: {} });
}

const EXPECTED = { exit: '0', natural: '0', throw: '1', killed: 'SIGKILL' };

async function runOnce(run: PlannedFabRun, env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(run), run.ending], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...compileCache(), HOME: env['EPHEMETRY_SPOOL_DIR'], ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(String(signal ?? code)));
  });
  if (ended !== EXPECTED[run.ending]) {
    throw new Error(`a run ended with ${ended} instead of ${EXPECTED[run.ending]}: ${stderr}`);
  }
}
