/**
 * Brings what a `.fab-perf.json` has gained since its last import into the spool, exactly once:
 *
 *     read ─▶ batch in staging ─▶ state renamed into place ─▶ batch moved into the spool ─▶ delivered
 *                            (1)           = commit            (2)
 *
 * Killed at (1): the state does not name the staged batch, the next import removes it and reads the same difference
 * again. Killed at (2): the state names it, the next import moves it. A batch is in the spool only when its state is written.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeFailure, readSpoolStatus } from '@ephemetry/exporter';
import { openSpoolDirectory } from '@ephemetry/exporter/spool';
import {
  createFabMeterProvider,
  instrumentFab,
  type PerfOutcome,
  type PerfReading,
} from '@ephemetry/instrumentation-fab';
import { ImportFault } from './import-fault.ts';
import { lockImport } from './import-lock.ts';
import { defaultStatePath, fileKey, readState, writeState } from './import-state.ts';
import { Staging } from './staging.ts';

/** What to import, and where to remember it. */
export interface ImportPerfOptions {
  /** Path of the `.fab-perf.json`. */
  readonly file: string;
  /** Path of the state. @default one beside the spool, named after the file's absolute path */
  readonly state?: string;
  readonly spoolDir?: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What an import did. */
export interface ImportReport {
  /** Absolute. */
  readonly file: string;
  readonly state: string;
  /** Where the batch is. */
  readonly spool: string;
  /** False when the file had gained nothing, or when telemetry is switched off. */
  readonly isSpooled: boolean;
  /** `OTEL_SDK_DISABLED` or the like: nothing was imported and nothing remembered. */
  readonly isSwitchedOff: boolean;
  readonly isFirst: boolean;
  /** Sessions that came in since the last import. */
  readonly sessions: number;
  /** Roles whose figures had shrunk: counted as a new start. */
  readonly restartedRoles: readonly string[];
  /** Roles that the file no longer holds. */
  readonly vanishedRoles: readonly string[];
}

/**
 * Imports a file.
 *
 * @throws {ImportFault} saying why nothing was sent and nothing remembered.
 */
export async function importPerfFile(options: ImportPerfOptions): Promise<ImportReport> {
  const { env } = options;
  const file = realPath(options.file);
  const spool = readSpoolStatus({
    env,
    ...(options.spoolDir === undefined ? {} : { spoolDir: options.spoolDir }),
  }).directory;
  const statePath = options.state === undefined ? trustedStatePath(spool, file) : resolve(options.state);
  using _lock = lockImport(statePath);
  const staging = new Staging(spool, fileKey(file));
  const known = readState(statePath, file);
  // It was perhaps staged in another spool than today's.
  if (known?.staged !== undefined) new Staging(known.staged.spool, fileKey(file)).settle(known.staged.name);
  staging.settle(undefined);
  const reading = readPerfFile(file);
  const staged = await stage(known?.reading ?? {}, reading, staging, env);
  if (!staged.isSwitchedOff) {
    const batch = staged.batch === undefined ? {} : { staged: { spool, name: staged.batch } };
    writeState(statePath, { file, reading, ...batch });
    staging.settle(staged.batch);
  }
  const { sessions, restartedRoles, vanishedRoles } = staged.compared;
  return {
    file,
    state: statePath,
    spool,
    isSpooled: staged.batch !== undefined,
    isSwitchedOff: staged.isSwitchedOff,
    isFirst: known === undefined,
    sessions,
    restartedRoles,
    vanishedRoles,
  };
}

/** Whoever could exchange the folder beside the spool could make an import forget. @throws {ImportFault} */
function trustedStatePath(spool: string, file: string): string {
  const path = defaultStatePath(spool, file);
  const opened = openSpoolDirectory([dirname(path)]);
  if (opened.kind === 'usable') return path;
  throw new ImportFault(`${describeFailure(opened.failure)}; the state may be elsewhere, see --state`);
}

type Compared = Extract<PerfOutcome, { readonly kind: 'compared' }>;

interface Staged {
  readonly compared: Compared;
  /** Name of the batch's spool file. */
  readonly batch: string | undefined;
  readonly isSwitchedOff: boolean;
}

/** Writes the difference as a batch of its own into the staging directory, where no drain looks. */
async function stage(
  before: PerfReading,
  after: PerfReading,
  staging: Staging,
  env: NodeJS.ProcessEnv,
): Promise<Staged> {
  const meterProvider = createFabMeterProvider(env, { spoolDir: staging.path, delivery: 'spool-only' });
  const telemetry = instrumentFab({ env, meterProvider });
  const compared = telemetry.recordPerf(before, after);
  await telemetry.shutdown();
  if (compared.kind === 'refused') throw new ImportFault(compared.message);
  const { record } = compared;
  if (record.kind === 'disabled') return { compared, batch: undefined, isSwitchedOff: true };
  if (record.kind === 'nothing') return { compared, batch: undefined, isSwitchedOff: false };
  const [batch, ...others] = staging.batches();
  if (record.kind !== 'persisted' || batch === undefined || others.length > 0)
    throw new ImportFault(
      `the spool ${staging.path} takes no batch; name a writable one with --spool-dir or EPHEMETRY_SPOOL_DIR`,
    );
  staging.flush();
  return { compared, batch, isSwitchedOff: false };
}

/** Links resolved, so that one file has one state whichever way it is named. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new ImportFault(
      `${resolve(file)} ${isMissing ? 'is not there; fab writes it at the end of its first session' : `cannot be read (${String(error)})`}`,
    );
  }
}

/** JSON of any shape; `recordPerf` checks it. */
function readPerfFile(file: string): PerfReading {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ImportFault(`${file} is not a JSON file`);
    throw new ImportFault(
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
