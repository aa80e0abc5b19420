/** `ephemetry status`: what the spool holds. Reads only. */
import {
  describeFailure,
  readSpoolStatus,
  type SpoolStatus,
  type SpoolStatusOptions,
} from '@ephemetry/exporter';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { age, count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';
import { explainSpoolPlace } from './spool-place.ts';

/** Options of the command. */
export interface StatusCommandOptions extends SpoolStatusOptions {
  readonly json: boolean;
}

export function status({ json, ...options }: StatusCommandOptions, output: Output): ExitCode {
  const found = readSpoolStatus(options);
  const place = explainSpoolPlace(found.directory, options.spoolDir, options.env ?? process.env);
  if (json) output.printJson({ ...found, files: found.files.map(inWords), place });
  else output.printLines(statusLines(found, place, Date.now()));
  if (found.failure !== undefined) return EXIT_CODE.failed;
  return found.batches > 0 ? EXIT_CODE.waiting : EXIT_CODE.done;
}

const COLUMNS: readonly Column[] = [
  { title: 'RUN', align: 'left' },
  { title: 'OWNER', align: 'left' },
  { title: 'BATCHES', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'LAST WRITTEN', align: 'left' },
];

function statusLines(found: SpoolStatus, place: string, nowUnixMs: number): readonly string[] {
  return [
    `spool      ${found.directory}${found.exists ? '' : ' (not there yet: nothing was ever spooled)'}`,
    `           ${place}`,
    ...(found.failure === undefined ? [] : [`           ${describeFailure(found.failure)}`]),
    `waiting    ${describeWaiting(found, nowUnixMs)}`,
    `rejected   ${count(found.rejected, 'batch', 'batches')}${found.rejected > 0 ? ', with reasons in rejected/' : ''}`,
    ...(found.lastVerdict === undefined
      ? []
      : [`last run   ${describeVerdict(found.lastVerdict, nowUnixMs)}`]),
    ...(found.files.length === 0
      ? []
      : [
          '',
          ...textTable(
            COLUMNS,
            found.files.map((file) => fileRow(file, nowUnixMs)),
          ),
        ]),
  ];
}

function describeWaiting(found: SpoolStatus, nowUnixMs: number): string {
  const { batches, inDoubt, bytes, oldestUnixMs } = found;
  if (batches === 0 || oldestUnixMs === undefined) return 'nothing';
  const doubt = inDoubt > 0 ? `, ${inDoubt} of them in doubt` : '';
  return `${atLeast(found)}${count(batches, 'batch', 'batches')}${doubt}, ${bytes} bytes, the oldest file written ${age(oldestUnixMs, nowUnixMs)}`;
}

function describeVerdict(verdict: NonNullable<SpoolStatus['lastVerdict']>, nowUnixMs: number): string {
  const { delivered, spooled, inDoubt, rejected, expired, unsent, unreadable, abandoned } = verdict;
  const { lostDataPoints, failure, runId, atUnixMs } = verdict;
  const lost = expired + unsent + unreadable + abandoned;
  const doubt = inDoubt > 0 ? `${inDoubt} in doubt, ` : '';
  const counts = `${delivered} delivered, ${spooled} spooled, ${doubt}${rejected} rejected, ${lost} lost`;
  const points = lostDataPoints > 0 ? `, ${count(lostDataPoints, 'data point', 'data points')} refused` : '';
  const reason = failure === undefined ? '' : `; ${describeFailure(failure)}`;
  return `${counts}${points}, ${age(atUnixMs, nowUnixMs)} (${runId})${reason}`;
}

/** Of a spool of gigabytes not all is read. */
function atLeast({ isCountComplete }: { readonly isCountComplete: boolean }): string {
  return isCountComplete ? '' : 'at least ';
}

const OWNERS = { alive: 'alive', dead: 'ended', foreign: 'elsewhere' } as const;

/** In the words of the table. */
function inWords(file: SpoolStatus['files'][number]): object {
  return { ...file, owner: OWNERS[file.owner] };
}

function fileRow(file: SpoolStatus['files'][number], nowUnixMs: number): readonly string[] {
  const { runId, owner, batches, bytes, modifiedUnixMs } = file;
  return [runId, OWNERS[owner], `${atLeast(file)}${batches}`, String(bytes), age(modifiedUnixMs, nowUnixMs)];
}
