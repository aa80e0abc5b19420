/**
 * `rejected/` inside the spool: batches that the Collector will never take, each with the reason, for a
 * person to look at. Capped: the oldest go first.
 */
import { chmodSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeliveryFailure, describeFailure } from '../verdict.ts';
import { lstatIfAllowed } from './lstat-if-allowed.ts';
import { makeOwnDirectory } from './trusted-path.ts';

const REJECTED_LIMIT_FILES = 100;
const REJECTED_LIMIT_BYTES = 16 * 1024 * 1024;

/** The folder of rejected batches of a spool. */
export function rejectedFolder(directory: string): string {
  return join(directory, 'rejected');
}

/** Keeps one rejected batch as `<unix ms>-<run id>-<offset>.json` with its reason. */
export function keepRejected(
  directory: string,
  batch: { readonly runId: string; readonly offsetBytes: number; readonly body: Uint8Array },
  failure: DeliveryFailure,
  nowUnixMs: number,
): void {
  const folder = rejectedFolder(directory);
  makeOwnDirectory(folder);
  const record = {
    rejectedAt: new Date(nowUnixMs).toISOString(),
    reason: describeFailure(failure),
    failure,
    batch: Buffer.from(batch.body).toString('utf8'),
  };
  const path = join(folder, `${nowUnixMs}-${batch.runId}-${batch.offsetBytes}.json`);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  // The umask may have taken the owner's own bits.
  chmodSync(`${path}.tmp`, 0o600);
  renameSync(`${path}.tmp`, path);
  removeOldest(folder);
}

/** How many rejected batches are kept. */
export function countRejected(directory: string): number {
  return listRejected(rejectedFolder(directory)).length;
}

function removeOldest(folder: string): void {
  const files = listRejected(folder);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let left = files.length;
  for (const file of files) {
    if (left <= REJECTED_LIMIT_FILES && (bytes <= REJECTED_LIMIT_BYTES || left === 1)) return;
    unlinkQuietly(file.path);
    bytes -= file.bytes;
    left -= 1;
  }
}

/** Oldest first: the name starts with the time. */
function listRejected(folder: string): { readonly path: string; readonly bytes: number }[] {
  const files: { path: string; bytes: number }[] = [];
  for (const name of readNames(folder).sort()) {
    const path = join(folder, name);
    const stat = lstatIfAllowed(path);
    if (name.endsWith('.json') && stat?.isFile() === true) files.push({ path, bytes: stat.size });
  }
  return files;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The batch that was just kept is what counts: whether an old one goes is no reason to call it lost. */
function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another drain was faster.
  }
}
