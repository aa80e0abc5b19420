/** What JSON output says of batches: their counts, and why one was not delivered. */
import {
  integer,
  type JsonSchema,
  list,
  maybe,
  number,
  object,
  type Properties,
  string,
  word,
} from '../command-line/json-schema.ts';

/** How many batches met each fate. */
export const TALLY: Properties = {
  delivered: integer('Batches that a Collector took.'),
  spooled: integer('Batches that wait on disk for a later delivery.'),
  in_doubt: integer('Batches that were sent and never answered, and wait in the spool.'),
  rejected: integer('Batches that a Collector refused; they are kept in rejected/ with the reason.'),
  expired: integer("Batches that the spool's limits removed."),
  unsent: integer('Batches that neither a Collector nor the disk took.'),
  unreadable: integer('Half-written lines of killed runs.'),
  abandoned: integer('Batches in doubt that were given up, because EPHEMETRY_IN_DOUBT says so.'),
};

/** Why something was not delivered. */
export const FAILURE: JsonSchema = object('The latest reason why something was not delivered.', {
  kind: word('What went wrong.', [
    'unreachable',
    'tls',
    'timeout',
    'busy',
    'misconfigured',
    'not-otlp',
    'rejected',
    'too-large',
    'refusing',
    'partial',
    'spool',
    'thread',
    'spool-only',
  ]),
  endpoint: maybe(string('The URL, without user, password and query.')),
  path: maybe(string('The file or directory, of spool.')),
  detail: maybe(string('What was seen, in words.')),
  status: maybe(integer('The HTTP status of the answer.')),
  timeout_ms: maybe(number('How long was waited, of timeout.')),
  stage: maybe(word('What took so long, of timeout.', ['sending', 'ending'])),
  retry_after_ms: maybe(number('When the endpoint asks to be tried again, of busy.')),
  bytes: maybe(integer('How large the batch is, of too-large.')),
  limit_bytes: maybe(integer('How large it may be, of too-large.')),
  rejections: maybe(integer('Refusals in a row, of refusing.')),
  is_foreign: maybe({ type: 'boolean', description: 'Whether something in front of the endpoint refuses.' }),
  rejected_data_points: maybe(integer('Data points that were refused, of partial.')),
});

/** A drain's report. */
export const DRAIN_REPORT: Properties = {
  directory: string('The spool.'),
  ...TALLY,
  busy_files: integer('Files left alone because their run, or another drain, is alive.'),
  newer_files: integer('Files left alone because a later version of ephemetry wrote them.'),
  rejected_removed: integer("Batches rejected earlier that the spool's limits removed from rejected/."),
  lost_data_points: integer('Data points refused inside delivered batches.'),
  problems: list('Wrong values of settings.', string('What was given, what is allowed, what is used.')),
  failure: maybe(FAILURE),
};
