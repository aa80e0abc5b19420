/** `ephemetry fab import`: sends what a `.fab-perf.json` has gained since the last import. */
import { type DrainOptions, type DrainReport, drain, resolveSettings } from '@ephemetry/exporter';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { ImportFault } from '../fab-import/import-fault.ts';
import { type ImportReport, importPerfFile } from '../fab-import/import-perf-file.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import { drainLines } from './drain-lines.ts';

/** Options of the command. */
export interface FabImportOptions {
  readonly file: string;
  readonly state?: string;
  readonly spoolDir?: string;
  readonly endpoint?: string;
  readonly timeoutMs?: number;
  readonly json: boolean;
}

export async function fabImport(options: FabImportOptions, output: Output): Promise<ExitCode> {
  const { file, state, spoolDir, json } = options;
  const places = {
    ...(state === undefined ? {} : { state }),
    ...(spoolDir === undefined ? {} : { spoolDir }),
  };
  let report: ImportReport;
  try {
    report = await importPerfFile({ file, ...places, env: process.env });
  } catch (error) {
    if (!(error instanceof ImportFault)) throw error;
    output.printError(`nothing is imported: ${error.message}\n`);
    return EXIT_CODE.failed;
  }
  const delivery = await deliver(report, options);
  if (json) output.printJson({ ...report, ...(delivery === undefined ? {} : { delivery }) });
  else printReport(report, delivery, output);
  return EXIT_CODE.done;
}

/** Undefined when a sidecar or a later drain is to deliver. */
async function deliver(report: ImportReport, options: FabImportOptions): Promise<DrainReport | undefined> {
  if (!report.isSpooled || resolveSettings({}, process.env).delivery === 'spool-only') return undefined;
  const { endpoint, timeoutMs } = options;
  const drainOptions: DrainOptions = {
    spoolDir: report.spool,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  return drain(drainOptions);
}

function printReport(report: ImportReport, delivery: DrainReport | undefined, output: Output): void {
  const { restartedRoles, vanishedRoles } = report;
  output.print(`${describeImport(report)}\n`);
  if (restartedRoles.length > 0)
    output.printError(
      `a new start: the figures of ${restartedRoles.join(', ')} have shrunk, so all of them count\n`,
    );
  if (vanishedRoles.length > 0)
    output.printError(`no longer in the file, nothing is counted for them: ${vanishedRoles.join(', ')}\n`);
  if (delivery === undefined) return;
  const { result, notes } = drainLines(delivery);
  output.print(`${result}\n`);
  for (const note of notes) output.printError(`${note}\n`);
}

function describeImport({ file, sessions, isSpooled, isSwitchedOff, isFirst, spool }: ImportReport): string {
  if (isSwitchedOff)
    return `nothing is imported: telemetry is switched off (OTEL_SDK_DISABLED, OTEL_METRICS_EXPORTER)`;
  if (!isSpooled) return `${file} has gained nothing since the last import`;
  const since = isFirst ? 'the first import counts all of it' : 'since the last import';
  return `${count(sessions, 'session', 'sessions')} of ${file}, ${since}; safe in ${spool}`;
}
