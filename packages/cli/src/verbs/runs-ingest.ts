/** `ephemetry runs ingest`: takes events of agent runs into the database. */
import { createReadStream } from 'node:fs';
import { formatSuccessRule, type SuccessRule } from '@ephemetry/run-telemetry';
import {
  type EventBatch,
  type IngestCounts,
  type Ingested,
  ingestBatches,
  readBatches,
  UnreadableSource,
} from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, list, object, string } from '../command-line/json-schema.ts';
import { argument, flag, optional, repeated } from '../command-line/option.ts';
import { filePath, someText } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { VERSION } from '../generated/version.ts';
import { successRule } from '../runs/compare-readers.ts';
import { DATABASE, DATABASE_HELP, databasePlace, NO_PLACE } from '../runs/database-options.ts';
import { readableFile } from '../runs/event-file.ts';
import { tags } from '../runs/ingest-readers.ts';
import { tellDamaged, tellRefusal } from '../runs/with-run-store.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly files: readonly string[];
  readonly database: string | undefined;
  readonly project: string | undefined;
  readonly tag: readonly string[];
  readonly success: SuccessRule | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs ingest',
  summary: 'Take events of agent runs into the database.',
  help: `Takes files of events (JSON Lines), or of results of tau-bench or logs of Inspect (JSON), which are recognised by their content. An event is known by its run and its seq: the same again counts once, another content under a known key is a conflict, in which the first one stays.

${DATABASE_HELP} A directory has one owner at a time. While somebody else has it, events are left in its inbox, and the owner takes them in; a program that is killed loses nothing that it was told is kept.

Lines that are wrong are named, the others count. Run it again after a failure: what is there already counts once.`,
  examples: [
    'ephemetry runs ingest events.jsonl',
    'ephemetry runs ingest results.json --project checkout --tag release=1.4 --success outcome',
    'ephemetry runs ingest - --database postgres://ada@db.example/runs',
  ],
  exits: {
    done: 'every line was taken, or waits in the inbox',
    failed: 'a line or a file was not taken, or the database cannot be used',
  },
  options: {
    files: argument({
      ...repeated('file', 'files of events, or - for standard input', filePath),
      isRequired: true,
    }),
    database: DATABASE,
    project: optional('name', 'of runs that name none', someText),
    tag: repeated('name=value', 'a tag of runs that do not have it', tags),
    success: optional(
      'rule',
      'outcome, or evaluation:NAME>=SCORE, where runs do not say themselves whether they succeeded',
      successRule,
      'unknown',
    ),
    json: flag('print one JSON object'),
  },
  json: object('What became of the events.', {
    events: integer('New events.'),
    runs: integer('New runs.'),
    duplicates: integer('Events that came again.'),
    conflicts: integer('Events that came again with another content: the first one stays.'),
    revised: integer('Runs that had ended and changed.'),
    refused: integer('Lines that were not taken.'),
    secrets: integer('Texts in which a secret was masked.'),
    waiting: integer('Batches that wait for the owner of the database.'),
    from_inbox: integer('New events that others had left.'),
    damaged: list('Files of the inbox that are no batches, and were set aside.', string('A file.')),
  }),
  run: runsIngest,
});

async function runsIngest(values: Values, output: Output): Promise<number> {
  const place = databasePlace(values.database, process.env);
  if (place === undefined) {
    output.printError(`${NO_PLACE}\n`);
    return EXIT_CODE.usage;
  }
  const told = { faults: 0 };
  const ingested = await ingestBatches(place, { version: VERSION }, batchesOf(values, output, told));
  if ('kind' in ingested) return tellRefusal(ingested, output);
  if (values.json) output.printJson(toJson(ingested));
  else output.printLines(linesOf(ingested));
  for (const damaged of ingested.damaged) tellDamaged(damaged, output);
  return told.faults + ingested.damaged.length > 0 ? EXIT_CODE.failed : EXIT_CODE.done;
}

/** Batches of all files. What cannot be read is told, and the next file goes on. */
async function* batchesOf(
  { files, project, tag, success }: Values,
  output: Output,
  told: { faults: number },
): AsyncGenerator<EventBatch> {
  const pairs = tag.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]);
  for (const source of files) {
    const fault = source === '-' ? undefined : readableFile(source);
    if (fault !== undefined) {
      told.faults += 1;
      output.printError(`${fault}\n`);
      continue;
    }
    const chunks = source === '-' ? process.stdin : createReadStream(source, { highWaterMark: 1024 * 1024 });
    const options = {
      source,
      project,
      tags: Object.fromEntries(pairs),
      successRule: success === undefined ? undefined : formatSuccessRule(success),
    };
    try {
      for await (const batch of readBatches(chunks, options)) {
        tellRefused(batch, output);
        told.faults += batch.refusedCount;
        yield batch;
      }
    } catch (error) {
      if (!(error instanceof UnreadableSource)) throw error;
      told.faults += 1;
      output.printError(`${error.message}\n`);
    }
  }
}

const NAMED = 10;

function tellRefused({ source, refused, refusedCount }: EventBatch, output: Output): void {
  const shown = refused.slice(0, NAMED);
  for (const { line, message } of shown) output.printError(`${source}:${line}: ${message}\n`);
  if (refusedCount > shown.length)
    output.printError(`${source}: ${count(refusedCount, 'line was', 'lines were')} not taken\n`);
}

function toJson({ counts, others, left, damaged }: Ingested): object {
  const { events, runs, duplicates, conflicts, revised, refused, secrets } = counts;
  return {
    events,
    runs,
    duplicates,
    conflicts,
    revised,
    refused,
    secrets,
    waiting: left,
    fromInbox: others.events,
    damaged: damaged.map(({ file }) => file),
  };
}

function linesOf({ counts, others, left }: Ingested): readonly string[] {
  return [
    `${count(counts.events, 'event', 'events')} of ${count(counts.runs, 'new run', 'new runs')} taken in${remarks(counts)}`,
    ...(others.events > 0 ? [`${count(others.events, 'event', 'events')} taken in from the inbox`] : []),
    ...(left > 0
      ? [
          `somebody has the database: ${count(left, 'batch waits', 'batches wait')} in its inbox, and will be taken in`,
        ]
      : []),
  ];
}

function remarks({ duplicates, conflicts, revised, refused, secrets }: IngestCounts): string {
  const said = [
    [duplicates, 'came again'],
    [conflicts, 'contradict an earlier one, which stays'],
    [revised, 'runs changed after their end'],
    [refused, 'lines were not taken'],
    [secrets, 'secrets were masked'],
  ] as const;
  return said.flatMap(([amount, words]) => (amount > 0 ? [`; ${amount} ${words}`] : [])).join('');
}
