/**
 * A spool file's whole state is its name, so that every change of it is one atomic rename:
 *
 *     <run id>.<part>.<owner>.<delivered bytes>[.sent-<unix seconds>][.keep-<bytes>-<files>-<age ms>].jsonl
 *
 *     create ─▶ …1.4711-88-a9.0.jsonl                    the run appends a batch a line
 *     send   ─▶ …1.4711-88-a9.0.sent-1764300000.jsonl    in doubt: sent whole, not answered
 *     2xx    ─▶ …1.4711-88-a9.1830.jsonl                 1,830 bytes are delivered
 *     exit   ─▶ …1.free.1830.jsonl                       or unlinked, when all is delivered
 *     drain  ─▶ …1.5120-97-a9.1830.jsonl                 the lease: of two drains, one rename succeeds
 *
 * A mark, which counts only when its owner is dead, ends with `.mark`: a Collector that tails `*.jsonl` must not read it.
 *
 * A later version of the format ends its names with `.v<version>.jsonl`. No name of this version does, so that it leaves
 * such files alone whatever else their names say.
 */
import { join } from 'node:path';
import { DEFAULT_SPOOL_LIMITS, type SpoolLimits } from '../settings.ts';

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
  /** When the line that begins at `deliveredBytes` was first sent whole, if that was not answered: it is in doubt. */
  readonly sentUnixSeconds?: number;
  /** Within which limits its program wants it; left out when they are the default. */
  readonly limits?: SpoolLimits;
  /** Counts only when its owner is dead, which a drain can tell and a reader of lines cannot. */
  readonly isMark?: true;
}

const PATTERN =
  /^(?<runId>[0-9a-f-]{36})\.(?<part>\d{1,9})\.(?<owner>[A-Za-z0-9-]{1,80})\.(?<delivered>\d{1,15})(?:\.sent-(?<sent>\d{1,11}))?(?:\.keep-(?<bytes>\d{1,13})-(?<files>\d{1,6})-(?<ageMs>\d{1,12}))?\.(?<ending>jsonl|mark)$/;

/** Parses a file name; `undefined` for anything the exporter did not name. */
export function parseSpoolFileName(name: string): SpoolFileName | undefined {
  const { runId, part, owner, delivered, sent, bytes, files, ageMs, ending } =
    PATTERN.exec(name)?.groups ?? {};
  if (runId === undefined || owner === undefined) return undefined;
  return {
    runId,
    part: Number(part),
    owner,
    deliveredBytes: Number(delivered),
    ...(sent === undefined ? {} : { sentUnixSeconds: Number(sent) }),
    ...(bytes === undefined
      ? {}
      : { limits: { bytes: Number(bytes), files: Number(files), ageMs: Number(ageMs) } }),
    ...(ending === 'mark' ? { isMark: true as const } : {}),
  };
}

const NEWER_PATTERN = /^[0-9a-f-]{36}\..{0,200}\.v[1-9]\d{0,3}\.jsonl$/;

/** Whether a later version of the format named it. */
export function isOfNewerVersion(name: string): boolean {
  return NEWER_PATTERN.test(name);
}

/** The path of a spool file in `directory`. */
export function spoolFilePath(directory: string, name: SpoolFileName): string {
  const { runId, part, owner, deliveredBytes, sentUnixSeconds, limits, isMark } = name;
  const sent = sentUnixSeconds === undefined ? '' : `.sent-${sentUnixSeconds}`;
  const keep = limits === undefined ? '' : `.keep-${limits.bytes}-${limits.files}-${limits.ageMs}`;
  const ending = isMark === true ? 'mark' : 'jsonl';
  return join(directory, `${runId}.${part}.${owner}.${deliveredBytes}${sent}${keep}.${ending}`);
}

/** What the name of a program's file says of its limits: nothing when they are the default. */
export function namedLimits({ bytes, files, ageMs }: SpoolLimits): Pick<SpoolFileName, 'limits'> {
  const limits = { bytes: Math.round(bytes), files: Math.round(files), ageMs: Math.round(ageMs) };
  const isDefault =
    limits.bytes === DEFAULT_SPOOL_LIMITS.bytes &&
    limits.files === DEFAULT_SPOOL_LIMITS.files &&
    limits.ageMs === DEFAULT_SPOOL_LIMITS.ageMs;
  return isDefault ? {} : { limits };
}
