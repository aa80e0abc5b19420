/** `ephemetry status`: what the spool holds. Reads only. */
import { describeFailure, readSpoolStatus, type SpoolStatus } from '@ephemetry/exporter';
import { defineVerb } from '../command-line/define-verb.ts';
import {
  boolean,
  integer,
  list,
  maybe,
  nullable,
  number,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';
import { flag } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { FAILURE, TALLY } from '../drain/delivery-json.ts';
import { describeNewer } from '../drain/drain-lines.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { SPOOL_DIR } from '../spool/place-options.ts';
import { explainSpoolPlace } from '../spool/spool-place.ts';
import { age, count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

export const verb: Verb = defineVerb({
  name: 'status',
  summary: 'Show what the spool holds. Changes nothing.',
  help: `OWNER tells who holds a file: alive (a running program or drain), ended (the next run or drain takes it), elsewhere (another container or machine, which cannot be asked).`,
  examples: [
    'ephemetry status',
    'ephemetry status --json | jq .batches',
    'ephemetry status || ephemetry drain',
  ],
  exits: { done: 'no batch waits', failed: 'the spool cannot be used', waiting: 'batches wait' },
  options: { json: flag('print one JSON object'), spoolDir: SPOOL_DIR },
  json: object('The spool at one moment.', {
    directory: string('Where it is.'),
    exists: boolean('Whether the directory is there; the exporter creates it with the first batch.'),
    place: string('Which setting or default chose the directory.'),
    files: list(
      'Files with batches that wait, oldest first.',
      object('One file.', {
        path: string('Absolute.'),
        run_id: string('The run that wrote it.'),
        owner: word('Who holds it.', ['alive', 'ended', 'elsewhere']),
        batches: integer('Batches that wait.'),
        is_in_doubt: boolean('Whether the first of them was sent and not answered.'),
        is_count_complete: boolean('False when there may be more batches.'),
        bytes: integer('Bytes that wait.'),
        modified_unix_ms: number('When it was written last.'),
      }),
    ),
    batches: nullable(integer('Batches that wait, in all; null when the spool cannot be used.')),
    in_doubt: nullable(integer('Of them: sent, and not answered; null when the spool cannot be used.')),
    is_count_complete: boolean('False when there may be more batches: not all of a large spool is read.'),
    failure: maybe(FAILURE),
    bytes: nullable(integer('Bytes that wait, in all; null when the spool cannot be used.')),
    oldest_unix_ms: maybe(number('When the oldest file was written.')),
    rejected: nullable(integer('Batches in rejected/; null when the spool cannot be used.')),
    newer_files: integer('Files that a later version of ephemetry wrote; this one leaves them alone.'),
    last_verdict: maybe(
      object('What became of the batches of the run that ended last.', {
        ...TALLY,
        lost: integer('Sum of expired, unsent, unreadable and abandoned. Read the counts themselves.'),
        lost_data_points: integer('Data points that were refused.'),
        failure: maybe(FAILURE),
        at_unix_ms: number('When it ended.'),
        run_id: string('Its id.'),
      }),
    ),
  }),
  run: showStatus,
});

interface Values {
  readonly json: boolean;
  readonly spoolDir: string | undefined;
}

function showStatus({ json, spoolDir }: Values, output: Output): ExitCode {
  const found = readSpoolStatus(present({ spoolDir }));
  const place = explainSpoolPlace(spoolDir, process.env);
  if (json) output.printJson({ ...found, ...unknownCounts(found), files: found.files.map(inWords), place });
  else output.printLines(statusLines(found, place, settingOf(spoolDir), Date.now()));
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

/** Where another spool is named, of one that cannot be used. */
function settingOf(spoolDir: string | undefined): string {
  return spoolDir === undefined ? 'EPHEMETRY_SPOOL_DIR' : '--spool-dir';
}

function statusLines(
  found: SpoolStatus,
  place: string,
  setting: string,
  nowUnixMs: number,
): readonly string[] {
  return [
    `spool      ${found.directory}${found.exists ? '' : ' (not there yet: nothing was ever spooled)'}`,
    `           ${place}`,
    ...(found.failure === undefined
      ? []
      : [`           ${describeFailure(found.failure).replaceAll('EPHEMETRY_SPOOL_DIR', setting)}`]),
    `waiting    ${describeWaiting(found, nowUnixMs)}`,
    `rejected   ${describeRejected(found)}`,
    ...(found.newerFiles > 0 ? [`newer      ${describeNewer(found.newerFiles)}`] : []),
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
  const { batches, inDoubt, bytes, oldestUnixMs, failure } = found;
  if (failure !== undefined) return 'unknown';
  if (batches === 0 || oldestUnixMs === undefined) return 'nothing';
  const doubt = inDoubt > 0 ? `, ${inDoubt} of them in doubt` : '';
  return `${atLeast(found)}${count(batches, 'batch', 'batches')}${doubt}, ${bytes} bytes, the oldest file written ${age(oldestUnixMs, nowUnixMs)}`;
}

function describeRejected({ rejected, failure }: SpoolStatus): string {
  if (failure !== undefined) return 'unknown';
  return `${count(rejected, 'batch', 'batches')}${rejected > 0 ? ', with reasons in rejected/' : ''}`;
}

/** In JSON, of a spool that was not looked at: no count of it is known. */
function unknownCounts({ failure }: SpoolStatus): object {
  if (failure === undefined) return {};
  return { batches: null, inDoubt: null, bytes: null, rejected: null, isCountComplete: false };
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
