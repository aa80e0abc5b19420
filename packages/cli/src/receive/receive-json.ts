/** What `ephemetry receive --json` prints: a line for each thing that happens. */
import {
  boolean,
  byName,
  either,
  integer,
  type JsonSchema,
  list,
  maybe,
  number,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';

/** A finite number; NaN and the infinities are texts, as in OTLP. */
const VALUE: JsonSchema = {
  anyOf: [{ type: 'number' }, { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] }],
  description: 'The total of a counter or gauge.',
};

export const RECEIVE_EVENT: JsonSchema = either(
  'What happened.',
  object('It listens.', {
    event: word('Which event.', ['listening']),
    url: string('What OTEL_EXPORTER_OTLP_ENDPOINT takes.'),
  }),
  object('A batch came.', {
    event: word('Which event.', ['batch']),
    unix_ms: integer('When, in milliseconds since 1970.'),
    job: maybe(string('The label job of its series.')),
    instance_id: maybe(string('The run that sent it.')),
    sequence: maybe(integer('Which of the batches of the run it is.')),
    points: integer('Data points added up now.'),
    duplicate_points: integer('Data points that were added up before.'),
    is_duplicate: boolean('Whether all of it was added up before.'),
    refusals: list(
      'Data points that were not taken.',
      object('Of one metric.', {
        reason: string('A value of the label reason.'),
        metric: string('As the sender named it; … for further metrics.'),
        message: string('What was given and what is allowed.'),
        points: integer('How many.'),
      }),
    ),
  }),
  object('A request was answered with another status than 200.', {
    event: word('Which event.', ['refused']),
    unix_ms: integer('When, in milliseconds since 1970.'),
    status: integer('The HTTP status of the answer.'),
    message: string('Why.'),
  }),
  object('The end: all totals.', {
    event: word('Which event.', ['totals']),
    series: list(
      'Every series.',
      object('One of them. A histogram has count, sum, bounds and counts instead of a value.', {
        name: string('As it is shown to Prometheus.'),
        type: string('counter, gauge or histogram.'),
        labels: byName('Labels as they were sent.', string('The value.')),
        value: maybe(VALUE),
        count: maybe(integer('Values measured.')),
        sum: maybe(number('Their sum; missing where a sender did not tell it.')),
        bounds: maybe(list('Upper bounds of the buckets.', number('A bound.'))),
        counts: maybe(list('Values in each bucket, not cumulative.', integer('A count.'))),
      }),
    ),
  }),
);
