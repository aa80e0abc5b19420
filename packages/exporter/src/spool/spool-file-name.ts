/**
 * A spool file's whole state is its name, so that every change of it is one atomic rename:
 *
 *     <run id>.<part>.<owner>.<delivered bytes>.jsonl
 *
 *     create ─▶ …1.4711-88-a9.0.jsonl        the run appends a batch a line
 *     2xx    ─▶ …1.4711-88-a9.1830.jsonl     1,830 bytes are delivered
 *     exit   ─▶ …1.free.1830.jsonl           or unlinked, when all is delivered
 *     drain  ─▶ …1.5120-97-a9.1830.jsonl     the lease: of two drains, one rename succeeds
 */
import { join } from 'node:path';

/** The parsed name of a spool file. */
export interface SpoolFileName {
  /** The run's UUID, `service.instance.id` of every batch inside. */
  readonly runId: string;
  /** 1, 2, 3 …: a long run starts a new part when one is full. */
  readonly part: number;
  /** Owner tag, see `runOwner`. */
  readonly owner: string;
  /** Bytes from the start that need no delivery any more. */
  readonly deliveredBytes: number;
}

const PATTERN = /^([0-9a-f-]{36})\.(\d{1,9})\.([A-Za-z0-9-]{1,80})\.(\d{1,15})\.jsonl$/;

/** Parses a file name; `undefined` for anything the exporter did not name. */
export function parseSpoolFileName(name: string): SpoolFileName | undefined {
  const [, runId, part, owner, deliveredBytes] = PATTERN.exec(name) ?? [];
  if (runId === undefined || part === undefined || owner === undefined || deliveredBytes === undefined)
    return undefined;
  return { runId, part: Number(part), owner, deliveredBytes: Number(deliveredBytes) };
}

/** The path of a spool file in `directory`. */
export function spoolFilePath(directory: string, name: SpoolFileName): string {
  return join(directory, `${name.runId}.${name.part}.${name.owner}.${name.deliveredBytes}.jsonl`);
}
