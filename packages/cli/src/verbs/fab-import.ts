/** `ephemetry fab import`: sends what a `.fab-perf.json` has gained since the last import. */
import { type DrainReport, drain, resolveSettings } from '@ephemetry/exporter';
import { defineVerb } from '../command-line/define-verb.ts';
import { boolean, integer, list, maybe, object, string } from '../command-line/json-schema.ts';
import { argument, defaulted, flag, optional } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import { text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { DRAIN_REPORT } from '../drain/delivery-json.ts';
import { DELIVERY_OPTIONS, type DeliveryValues } from '../drain/delivery-options.ts';
import { drainLines } from '../drain/drain-lines.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { ImportFault } from '../fab-import/import-fault.ts';
import { type ImportReport, importPerfFile } from '../fab-import/import-perf-file.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';

export const verb: Verb = defineVerb({
  name: 'fab import',
  summary: 'Send what a .fab-perf.json has gained since its last import.',
  help: `For a fab that is not instrumented. Do not import the file of one that is: its sessions are counted already.

If an import is killed, run it again: nothing is lost and nothing counts twice.`,
  examples: [
    'ephemetry fab import',
    'ephemetry fab import /work/.fab-perf.json --state /work/.fab-import.json',
  ],
  exits: { done: 'imported (delivered, or safe in the spool) or nothing new', failed: 'nothing is imported' },
  options: {
    file: argument(defaulted('file', 'the file that fab writes', text, '.fab-perf.json')),
    state: optional('file', 'where the last reading is remembered', text, 'beside the spool'),
    json: flag('print one JSON object'),
    ...DELIVERY_OPTIONS,
  },
  json: object('What was imported.', {
    file: string('The file, absolute.'),
    state: string('Where the reading is remembered.'),
    spool: string('The spool that the batch is in.'),
    is_spooled: boolean('False when the file had gained nothing, or when telemetry is switched off.'),
    is_switched_off: boolean('Whether telemetry is switched off: nothing is imported, nothing remembered.'),
    is_first: boolean('Whether it was never imported before: all of it counts.'),
    sessions: integer('Sessions that came in since the last import.'),
    restarted_roles: list('Roles whose figures had shrunk: counted as a new start.', string('A role.')),
    vanished_roles: list('Roles that the file no longer holds.', string('A role.')),
    delivery: maybe(object('The drain that followed; missing when others deliver.', DRAIN_REPORT)),
  }),
  run: fabImport,
});

interface Values extends DeliveryValues {
  readonly file: string;
  readonly state: string | undefined;
  readonly json: boolean;
}

async function fabImport(values: Values, output: Output): Promise<ExitCode> {
  const { file, state, spoolDir, json } = values;
  let report: ImportReport;
  try {
    report = await importPerfFile({ file, ...present({ state, spoolDir }), env: process.env });
  } catch (error) {
    if (!(error instanceof ImportFault)) throw error;
    output.printError(`nothing is imported: ${error.message}\n`);
    return EXIT_CODE.failed;
  }
  const delivery = await deliver(report, values);
  if (json) output.printJson({ ...report, ...(delivery === undefined ? {} : { delivery }) });
  else printReport(report, delivery, output);
  return EXIT_CODE.done;
}

/** Undefined when a sidecar or a later drain is to deliver. */
async function deliver(
  report: ImportReport,
  { endpoint, timeoutMs }: DeliveryValues,
): Promise<DrainReport | undefined> {
  if (!report.isSpooled || resolveSettings({}, process.env).delivery === 'spool-only') return undefined;
  return drain({ spoolDir: report.spool, ...present({ endpoint, timeoutMs }) });
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
