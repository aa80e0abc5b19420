/** Reads the reports of a run from their files. */
import { createHash } from 'node:crypto';
import type { RunReport } from '../judging/judge-run.ts';
import { NAMES_LIMIT } from '../judging/report-tally.ts';
import { type ReadOptions, readReport } from '../reading/read-report.ts';
import { readFilePieces } from './file-pieces.ts';
import { type FoundReports, findReports, STARTED, writtenUnixMs } from './find-reports.ts';

/** So many names of tests are kept of a run; beyond them tests are counted without a name. */
const RUN_NAMES_LIMIT = 10_000;

/** Reports of a run, read and not yet judged. */
export interface CollectedRun {
  readonly reports: readonly RunReport[];
  /** Paths of reports that were begun or named, and are not there. */
  readonly lost: readonly string[];
  /**
   * Names these reports by their content, in whatever order and place they are: hexadecimal. Where none of them is read, many
   * runs have this content: then it names the time when the last file was written too.
   */
  readonly digest: string;
}

/**
 * Finds and reads the reports of a run.
 *
 * @param paths files, folders and globs
 * @param now the time of a run that left no file at all
 *
 * @example
 * ```ts
 * const { reports, lost } = collectRun(['reports'], { categoryOf: () => 0 });
 * const run = judgeRun(reports, { lost: lost.length, categories: ['unknown'] });
 * ```
 */
export function collectRun(
  paths: readonly string[],
  options: ReadOptions,
  now: () => number = Date.now,
): CollectedRun {
  const found: FoundReports = findReports(paths);
  const digests: string[] = [];
  let namesLeft = RUN_NAMES_LIMIT;
  const reports = found.files.map((path) => {
    const namesLimit = Math.min(options.namesLimit ?? NAMES_LIMIT, namesLeft);
    const { report, digest } = readFile(path, { ...options, namesLimit });
    namesLeft -= report.tally?.names.size ?? 0;
    digests.push(digest);
    return report;
  });
  const digest = createHash('sha256').update(digests.toSorted().join('\n'));
  for (const path of found.lost) digest.update(`\nlost ${path.split('/').at(-1)}`);
  if (!reports.some(({ outcome }) => outcome === 'read'))
    digest.update(`\nat ${lastWrittenUnixMs(found) ?? now()}`);
  return { reports, lost: found.lost, digest: digest.digest('hex') };
}

/** Of reports and of marks that were left behind; undefined when there are none. */
function lastWrittenUnixMs({ files, lost }: FoundReports): number | undefined {
  const times = [...files, ...lost.map((path) => path + STARTED)].flatMap(
    (path) => writtenUnixMs(path) ?? [],
  );
  return times.length === 0 ? undefined : times.reduce((last, time) => Math.max(last, time));
}

interface ReadFile {
  readonly report: RunReport;
  readonly digest: string;
}

function readFile(path: string, options: ReadOptions): ReadFile {
  const hash = createHash('sha256');
  const read = readFilePieces(path, (pieces, modifiedUnixMs) => {
    const report = readReport(hashed(pieces, hash), options);
    for (const _rest of hashed(pieces, hash));
    return { report: { ...report, path, modifiedUnixMs }, digest: hash.digest('hex') };
  });
  return read.kind === 'read' ? read.result : unreadable(path, read.reason);
}

function unreadable(path: string, reason: string): ReadFile {
  const detail = `it cannot be read (${reason})`;
  const report = { outcome: 'malformed', detail, replacedCharacters: 0, path, modifiedUnixMs: 0 } as const;
  return { report, digest: createHash('sha256').update(path).digest('hex') };
}

function* hashed(pieces: Iterable<Uint8Array>, hash: ReturnType<typeof createHash>): Generator<Uint8Array> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
