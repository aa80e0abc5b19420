/** What the verbs about merges print with `--json`. */
import { MERGE_RATES } from '@ephemetry/contract';
import { RATES, type RateDefinition } from '@ephemetry/merge-analyzer';
import {
  boolean,
  either,
  integer,
  type JsonSchema,
  list,
  maybe,
  nullable,
  number,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';

const FRACTION = object('The value as a ratio of two whole numbers.', {
  numerator: integer('Above.'),
  denominator: integer('Below: 1 or more.'),
});
const READING = {
  value: nullable(number('Null until the window is full.')),
  fraction: nullable(FRACTION),
  n: integer('Merges in the window.'),
  window: integer('Merges that the window takes.'),
};
const STATE = word('The threshold that was reached last.', ['unknown', 'low', 'high']);
const SOURCE = word('Whose rate it is: a project with too few merges has the global one.', [
  'project',
  'global',
]);
const RATE = word('Which rate.', Object.values(MERGE_RATES));

const STEP = {
  merges: integer('Merges that were new to the log.'),
  crossings: integer('Threshold crossings that were announced.'),
  quarantined: integer('Rows that were left out.'),
  late: integer('Merges among them that appeared under an id below those that were read.'),
  merges_so_far: integer('All merges that the log held at the end.'),
  has_more: boolean('Whether more may be waiting: it stopped at a signal.'),
  is_held_back: boolean('Whether rows are in sight that wait for a transaction.'),
};

/** What one analysis did. */
export const STEP_REPORT: JsonSchema = object('What an analysis did.', STEP);

/** `merges --json`. */
export const MERGES_REPORT: JsonSchema = object('Every rate now.', {
  as_of: string("The database's clock, ISO 8601."),
  analyzed: STEP_REPORT,
  merges: integer('Merges that count, all time.'),
  newest_merge: nullable(
    object('The merge that the rates end with.', {
      event_id: string('Its event.'),
      work_item_id: string('Its work item.'),
      project: string('Its project.'),
      merged_at: string('When, ISO 8601.'),
      age_seconds: number('How long ago: 0 or more.'),
    }),
  ),
  global: object(
    'The rates over all projects.',
    Object.fromEntries(Object.values(RATES).map((rate) => [rate.name, globalRate(rate)])),
  ),
  projects: list(
    'By name.',
    object('The rates of one project.', {
      project: string('Its name.'),
      ...Object.fromEntries(
        Object.values(RATES).flatMap((rate) =>
          rate.scopes === 'global' ? [] : [[rate.name, projectRate(rate)]],
        ),
      ),
    }),
  ),
  held_back: integer('Merges in sight that wait for an older transaction to end.'),
  held_back_by: nullable(
    object('The transaction that they wait for.', {
      pid: nullable(integer('Its process; null when it is prepared for two phases.')),
      age_seconds: nullable(number('How long it is open.')),
    }),
  ),
  quarantine: object('What is left out of the rates.', {
    count: integer('How many events.'),
    newest: list(
      'The newest of them, at most 20.',
      object('An event.', {
        event_id: string('Its id.'),
        work_item_id: nullable(string('Its work item, where it names one.')),
        reason: string('Why it is left out, in one word.'),
        detail: string('Why it is left out, in a sentence.'),
      }),
    ),
  }),
  read_only: nullable(
    object('Set where nothing may be written: the rates were not brought up to date first.', {
      because: word('Why.', ['standby', 'read-only', 'rights']),
      rates: word('Where they are from: what an analyzer stored, or computed for this look.', [
        'stored',
        'folded',
      ]),
      grants: list('Statements that would let the role analyze, or read what is stored.', string('SQL.')),
      other_own_schema: maybe(string('The schema in which another analyzer keeps its tables.')),
      behind: object('How far the rates are behind.', {
        merge_events: integer('Merge events that are not in them.'),
        oldest_seconds: nullable(number('How long the oldest of them waits.')),
        replay_seconds: nullable(number('How far the standby is behind its primary.')),
      }),
    }),
  ),
  warnings: list('What was seen when the database was opened.', string('A sentence, with what helps.')),
  configuration_version: string('The version of windows and thresholds.'),
  analyzer_version: string('The version of the analyzer.'),
});

/** `merges history --json`, a line for each merge. */
export const HISTORY_ENTRY: JsonSchema = object('A rate after one merge.', {
  ordinal: integer('Which merge, from 1.'),
  merge_event_id: string('Its event.'),
  work_item_id: string('Its work item.'),
  merged_at: string('When, ISO 8601.'),
  ...READING,
  source: SOURCE,
  crossed: nullable(word('The threshold that this merge crossed.', ['up', 'down'])),
});

/** `merges explain --json`. */
export const EXPLANATION: JsonSchema = object('A rate with all that it is made of.', {
  rate: RATE,
  scope: object('Whose rate was asked for.', {
    kind: word('All projects or one.', ['global', 'project']),
    project: maybe(string('Which one.')),
  }),
  source: SOURCE,
  own_n: integer('Merges of the scope itself, at most the window.'),
  reading: object('The rate.', READING),
  state: nullable(STATE),
  thresholds: nullable(object('What the state goes by.', { low: FRACTION, high: FRACTION })),
  merges: list(
    'The window, newest merge first.',
    object('A merge.', {
      ordinal: integer('Which merge, from 1.'),
      event_id: string('Its event.'),
      work_item_id: string('Its work item.'),
      project: string('Its project.'),
      attempts: integer('Attempts until it merged.'),
      is_rebase_conflict: boolean('Whether its last verdict before the merge was a rebase conflict.'),
      merged_at: string('When, ISO 8601.'),
      contribution: number('1 or 0 in the numerator of a share; the attempts of a percentile.'),
      is_next_to_leave: boolean('Whether the next merge pushes it out.'),
      usd: nullable(number('What the work item cost; null when nobody knows.')),
    }),
  ),
});

/** `merges import --json`. */
export const IMPORT_REPORT: JsonSchema = object('What became of the lines.', {
  imported: integer('Lines that are merges now.'),
  known: integer('Work items that had merged already.'),
  refused: list(
    'Lines that are not a merge.',
    object('A line.', { line: integer('From 1.'), reason: string('What was found and what is allowed.') }),
  ),
  left_out: list(
    'Imported merges that do not count, whichever analyzer set them aside.',
    object('A merge.', {
      event_id: string('Its event.'),
      work_item_id: nullable(string('Its work item.')),
      reason: string('Why it is left out, in one word.'),
      detail: string('Why it is left out, in a sentence.'),
    }),
  ),
  analyzed: STEP_REPORT,
});

const WHEN = integer('When, in milliseconds since 1970.');

/** `merges watch --json`, a line for each event. */
export const WATCH_EVENT: JsonSchema = either(
  'What happened.',
  object('It caught up (ready), or something was new (analyzed).', {
    unix_ms: WHEN,
    event: word('Which event.', ['ready', 'analyzed']),
    ...STEP,
  }),
  object('Another analyzer was faster.', {
    unix_ms: WHEN,
    event: word('Which event.', ['elsewhere']),
    merges: integer('Merges that it counted.'),
  }),
  object('Merges wait for a transaction that has been open for long.', {
    unix_ms: WHEN,
    event: word('Which event.', ['held-back']),
    merge_events: integer('How many wait.'),
    pid: nullable(integer('Whose transaction it is; null when it is prepared for two phases.')),
    age_seconds: number('How long it is open.'),
  }),
  object('The event table, a partition of it or its sequence is not what it was.', {
    unix_ms: WHEN,
    event: word('Which event.', ['changed']),
    detail: string('What it is, and what follows.'),
  }),
  object('No notification arrives through a pooler: it looks by itself.', {
    unix_ms: WHEN,
    event: word('Which event.', ['polling']),
    poll_interval_ms: number('How often.'),
  }),
  object('The database is away, refuses, or takes too long.', {
    unix_ms: WHEN,
    event: word('Which event.', ['disconnected']),
    reason: word('What is wrong.', ['absence', 'refusal', 'timeout']),
    detail: string('In its own words.'),
    retry_in_ms: number('When it tries again.'),
  }),
  object('The end.', {
    unix_ms: WHEN,
    event: word('Which event.', ['stopped']),
    merges: integer('Merges analyzed in all.'),
    crossings: integer('Threshold crossings announced in all.'),
    quarantined: integer('Rows left out in all.'),
    reconnects: integer('Connections made again.'),
  }),
);

function globalRate(rate: RateDefinition): JsonSchema {
  return object(titleOf(rate), fieldsOf(rate));
}

function projectRate(rate: RateDefinition): JsonSchema {
  const origin =
    rate.scopes === 'projectElseGlobal'
      ? { source: SOURCE, own_n: integer('Merges of the project itself, at most the window.') }
      : {};
  return object(titleOf(rate), { ...fieldsOf(rate), ...origin });
}

function titleOf({ kind, thresholds }: RateDefinition): string {
  return `A ${kind}${thresholds === undefined ? '' : ' with thresholds'}.`;
}

function fieldsOf({ thresholds }: RateDefinition): Readonly<Record<string, JsonSchema>> {
  return thresholds === undefined ? READING : { ...READING, state: STATE };
}
