/**
 * What a command pushes under `ephemetry run` is delivered at the end of the wrapper, which takes the oldest 16 files and 50 ms
 * at most. Of what is above that a delivery is started, as by a push that stands alone.
 */
import { readdirSync } from 'node:fs';
import { resolveSettings } from '@ephemetry/exporter';
import { locateSpool } from '@ephemetry/exporter/spool';
import { isInRun } from './is-in-run.ts';
import type { PushValues } from './push-options.ts';

/** So many files of others a program delivers that ends by itself. */
const DELIVERED_AT_THE_END = 16;

/**
 * Looks at the spool before a command runs.
 *
 * @returns sees to what the command has pushed by then. Never rejects.
 */
export function watchPushed(
  values: Pick<PushValues, 'spoolDir' | 'endpoint' | 'spoolOnly'>,
  env: NodeJS.ProcessEnv = process.env,
): () => Promise<void> {
  const { enabled, delivery } = resolveSettings({}, env);
  if (!enabled || values.spoolOnly || delivery === 'spool-only' || isInRun(env)) return async () => {};
  const before = countFree(locateSpool(values, env).path);
  return async () => {
    const { path } = locateSpool(values, env);
    if (countFree(path) - before > DELIVERED_AT_THE_END) await deliver(path, values.endpoint);
  };
}

async function deliver(directory: string, endpoint: string | undefined): Promise<void> {
  try {
    const { takeTurn } = await import('@ephemetry/wrapper/push');
    if (!takeTurn(directory)) return;
    const { startDelivery } = await import('./start-delivery.ts');
    startDelivery(directory, endpoint);
  } catch {
    // The next run or drain delivers it.
  }
}

function countFree(directory: string): number {
  try {
    return readdirSync(directory).filter((name) => name.includes('.free.')).length;
  } catch {
    // There is no spool yet.
    return 0;
  }
}
