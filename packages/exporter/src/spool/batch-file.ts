/**
 * Batches of a program that has nothing else of a run: no meter, no hooks, nothing that delivers. It measures a thing or two
 * and is gone within milliseconds; a drain or another run delivers.
 *
 *     open ─▶ append … ─▶ <run id>.1.4711-88-a9.0.jsonl ─▶ close ─▶ <run id>.1.free.0.jsonl
 *              killed here: the dead owner in the name frees it
 */
import { renameSync } from 'node:fs';
import type { Attributes } from '@opentelemetry/api';
import type { ExporterOptions } from '../exporter-options.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { BATCH_SEQUENCE, describeResource } from '../resource.ts';
import { createRunId } from '../run-id.ts';
import { resolveSettings } from '../settings.ts';
import type { DeliveryFailure } from '../verdict.ts';
import { nowUnixMs } from '../wall-clock.ts';
import { addToLedger } from './ledger.ts';
import { pathsOf, spoolPlaces } from './locate-spool.ts';
import { NO_OWNER, runOwner } from './owner.ts';
import { openSpoolDirectory } from './spool-directory.ts';
import { spoolFilePath } from './spool-file-name.ts';
import { enforceSpoolLimits } from './spool-limits.ts';
import { SpoolWriter } from './spool-writer.ts';

/** A place for batches, or why there is none. */
export type OpenedBatchFile =
  | {
      readonly kind: 'open';
      readonly file: BatchFile;
      /** Whether somebody else delivers and removes nothing, such as a sidecar. */
      readonly isSpoolOnly: boolean;
      /** Wrong values of settings: what was given, what is allowed, what is used. */
      readonly problems: readonly string[];
    }
  /** Telemetry is switched off. */
  | { readonly kind: 'disabled' }
  | { readonly kind: 'refused'; readonly failure: DeliveryFailure };

/** Takes the batches of one run. Owned by whoever opened it. */
export interface BatchFile {
  /** The spool. */
  readonly directory: string;
  /**
   * Appends a batch, in one write: one OTLP/JSON request without line breaks. It is on disk, or nothing of it is.
   *
   * @param bodyOf makes the batch with the resource that it must have, run id and sequence included
   * @returns why the disk refused it; `undefined` when it is kept
   */
  append(bodyOf: (resource: Attributes) => Uint8Array): DeliveryFailure | undefined;
  /** Removes what is over the limits of the spool; with a sidecar that reads alone nobody else does. Takes 50 ms at most. */
  removeOverLimits(): void;
  /**
   * Frees what was written for the next drain, which need not wait then until this process is gone. A later batch begins a new
   * file.
   */
  close(): void;
}

/**
 * Opens the spool that an exporter with these options would use. The file is made with the first batch. Never throws for a
 * fault of the environment.
 *
 * @example
 * ```ts
 * import { openBatchFile } from '@ephemetry/exporter/spool';
 *
 * const opened = openBatchFile({ serviceName: 'nightly' });
 * if (opened.kind === 'open') console.log(`batches go to ${opened.file.directory}`);
 * ```
 */
export function openBatchFile(options: ExporterOptions = {}): OpenedBatchFile {
  const env = options.env ?? process.env;
  const settings = resolveSettings(options, env);
  if (!settings.enabled) return { kind: 'disabled' };
  const problems = [...settings.problems];
  const runId = createRunId();
  const resource = describeResource(runId, options, env, problems);
  const opened = openSpoolDirectory(pathsOf(spoolPlaces(options, env)));
  if (opened.kind === 'unusable') return { kind: 'refused', failure: opened.failure };
  const isSpoolOnly = settings.delivery === 'spool-only';
  const writer = new SpoolWriter(opened.path, runId, runOwner(), settings.spoolLimits);
  const file = new WrittenFile(opened.path, writer, resource, isSpoolOnly);
  return { kind: 'open', file, isSpoolOnly, problems };
}

/** The program waits meanwhile. */
const LOOK_MS = 50;

class WrittenFile implements BatchFile {
  readonly directory: string;
  readonly #writer: SpoolWriter;
  readonly #resource: Attributes;
  readonly #isSpoolOnly: boolean;
  #sequence = 0;

  constructor(directory: string, writer: SpoolWriter, resource: Attributes, isSpoolOnly: boolean) {
    this.directory = directory;
    this.#writer = writer;
    this.#resource = resource;
    this.#isSpoolOnly = isSpoolOnly;
  }

  append(bodyOf: (resource: Attributes) => Uint8Array): DeliveryFailure | undefined {
    const sequence = this.#sequence + 1;
    const body = bodyOf({ ...this.#resource, [BATCH_SEQUENCE]: sequence });
    const part = this.#writer.part();
    try {
      this.#writer.append(Buffer.concat([body, NEWLINE]));
    } catch (error) {
      return { kind: 'spool', path: this.directory, detail: describe(error) };
    }
    this.#sequence = sequence;
    // The part before is full, and nobody here reads it any more.
    if (part > 0 && part < this.#writer.part()) this.#free(part);
    return undefined;
  }

  removeOverLimits(): void {
    const isSpoolOnly = this.#isSpoolOnly;
    enforceSpoolLimits(this.directory, {
      owner: runOwner(),
      nowUnixMs: nowUnixMs(),
      // As with a run: what a sidecar has read is no loss.
      note: (counts) => !isSpoolOnly && addToLedger(this.directory, counts),
      mayExpire: () => isSpoolOnly,
      untilMs: monotonicMs() + LOOK_MS,
    });
  }

  close(): void {
    const part = this.#writer.part();
    if (part === 0) return;
    try {
      this.#writer.close();
    } catch {
      // What was written is in the file, or was refused when it was written.
    }
    this.#free(part);
  }

  #free(part: number): void {
    const name = { ...this.#writer.createdName(), part };
    try {
      renameSync(
        spoolFilePath(this.directory, name),
        spoolFilePath(this.directory, { ...name, owner: NO_OWNER }),
      );
    } catch {
      // A drain of another machine took it, or will: the owner in its name is gone in a moment.
    }
  }
}

const NEWLINE = new Uint8Array([0x0a]);

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
