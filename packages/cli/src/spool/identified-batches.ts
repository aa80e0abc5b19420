/**
 * Puts measurements into the spool under an identity of their own, so that the same run, pushed twice, counts once wherever
 * batches are known again: run id, sequence and times follow from what the run is called, not from this process.
 *
 *     measurements ─▶ staging inside the spool ─▶ identity and times ─▶ written whole ─▶ renamed into the spool
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createMeterProvider, readSpoolStatus } from '@ephemetry/exporter';
import { openSafely } from '@ephemetry/exporter/spool';
import type { Meter } from '@opentelemetry/api';

/** What is measured, and what it is called. */
export interface IdentifiedBatches {
  readonly serviceName: string;
  /** Names these measurements everywhere: the same name is the same batch. */
  readonly identity: string;
  /** When what is measured was so. */
  readonly unixMs: number;
  readonly record: (meter: Meter) => void;
  readonly spoolDir?: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What became of them. */
export type Spooled =
  | { readonly kind: 'spooled'; readonly directory: string }
  | { readonly kind: 'switchedOff' }
  | { readonly kind: 'refused'; readonly message: string };

/** Every call has a folder of its own, as the same run may be pushed by two programs at once. */
const STAGING = 'identified-';
/** One that is older was left by a program that was killed. */
const LEFT_BEHIND_MS = 3_600_000;

/** Writes the batches into the spool; nothing of them is there when it fails. */
export async function spoolIdentified(given: IdentifiedBatches): Promise<Spooled> {
  const { spoolDir, env, identity } = given;
  const directory = readSpoolStatus({ env, ...(spoolDir === undefined ? {} : { spoolDir }) }).directory;
  const runId = uuidOf(identity);
  const staging = join(directory, `${STAGING}${runId}-${randomUUID()}`);
  try {
    return await stageAndMove(given, directory, staging, runId);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: 'refused', message: `the spool ${directory} takes no batch (${error.message})` };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function stageAndMove(
  { serviceName, record, unixMs, env }: IdentifiedBatches,
  directory: string,
  staging: string,
  runId: string,
): Promise<Spooled> {
  const provider = createMeterProvider({ serviceName, spoolDir: staging, delivery: 'spool-only', env });
  record(provider.getMeter(serviceName));
  const outcome = provider.persist();
  await provider.shutdown();
  if (outcome.kind === 'disabled') return { kind: 'switchedOff' };
  if (outcome.kind !== 'persisted')
    return { kind: 'refused', message: `the spool ${directory} takes no batch` };
  const lines = stagedLines(staging).map((line) => identified(line, runId, unixMs));
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  const path = join(staging, 'identified');
  const descriptor = openSafely(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
  try {
    writeFileSync(descriptor, lines.map((line) => `${line}\n`).join(''));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(path, join(directory, `${runId}.1.free.0.jsonl`));
  removeLeftBehind(directory);
  return { kind: 'spooled', directory };
}

function removeLeftBehind(directory: string): void {
  try {
    for (const name of readdirSync(directory)) {
      if (!name.startsWith(STAGING)) continue;
      const path = join(directory, name);
      const { mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
      if (Date.now() - mtimeMs > LEFT_BEHIND_MS) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // The run is in the spool all the same; the next one tries again.
  }
}

function stagedLines(staging: string): readonly string[] {
  return readdirSync(staging)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .flatMap((name) => readFileSync(join(staging, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

/** A UUID that follows from a name. */
function uuidOf(identity: string): string {
  const hex = createHash('sha256').update(identity).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The same batch as if this run and this time had made it. */
function identified(line: string, runId: string, unixMs: number): string {
  const nanoseconds = `${BigInt(Math.round(unixMs)) * 1_000_000n}`;
  return JSON.stringify(JSON.parse(line), (key, value: unknown) => {
    if (key === 'timeUnixNano' || key === 'startTimeUnixNano') return nanoseconds;
    return isInstanceId(value) ? { key: value.key, value: { stringValue: runId } } : value;
  });
}

function isInstanceId(value: unknown): value is { readonly key: string } {
  return typeof value === 'object' && value !== null && 'key' in value && value.key === 'service.instance.id';
}
