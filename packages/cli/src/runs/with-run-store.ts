/** Opens the database of a verb, and turns what goes wrong with it into a sentence. */
import {
  type DamagedBatch,
  openWithInbox,
  type RunStore,
  runStoreFault,
} from '@ephemetry/run-telemetry/store';
import type { Refusal } from '@ephemetry/store';
import { EXIT_CODE } from '../exit-code.ts';
import { VERSION } from '../generated/version.ts';
import { MissingPackage } from '../optional-package.ts';
import type { Output } from '../terminal/output.ts';
import { databasePlace, NO_PLACE } from './database-options.ts';

/** What a verb says of its database. */
export interface RunStoreOptions {
  /** Directories that SQL may write files to. @default none */
  readonly reachable?: readonly string[];
}

/**
 * Opens a database that must be there, does something with it and closes it. What others left in its inbox is taken in first.
 *
 * @returns the exit code
 */
export async function withRunStore(
  given: string | undefined,
  output: Output,
  run: (store: RunStore) => Promise<number>,
  options: RunStoreOptions = {},
): Promise<number> {
  const place = databasePlace(given, process.env);
  if (place === undefined) return refused(NO_PLACE, output, EXIT_CODE.usage);
  const store = await openWithInbox(place, { ...options, version: VERSION, mayCreate: false }, (damaged) =>
    tellDamaged(damaged, output),
  );
  if (!('kysely' in store)) return tellRefusal(store, output);
  try {
    return await run(store);
  } catch (error) {
    const refusal = runStoreFault(error, store);
    if (refusal === undefined) throw error;
    return tellRefusal(refusal, output);
  } finally {
    await store.close();
  }
}

/** Says where a file of the inbox is now that is no batch. */
export function tellDamaged({ file, reason }: DamagedBatch, output: Output): void {
  output.printError(`${file} was in the inbox and is no batch: ${reason}\n`);
}

/** @throws MissingPackage where the engine is not installed */
export function tellRefusal(refusal: Refusal, output: Output): number {
  if (refusal.kind === 'missing-package' && refusal.packageName === '@duckdb/node-api')
    throw new MissingPackage('@duckdb/node-api');
  const way = refusal.kind === 'missing' ? '; `ephemetry runs ingest` makes one' : '';
  const code = refusal.kind === 'invalid-place' ? EXIT_CODE.usage : EXIT_CODE.failed;
  return refused(`the database cannot be used: ${refusal.message}${way}`, output, code);
}

function refused(message: string, output: Output, code: number): number {
  output.printError(`${message}\n`);
  return code;
}
