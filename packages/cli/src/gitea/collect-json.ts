/** A collect as `--json` prints it. */
import { type CollectReport, describeForgeFailure, type RepositoryOutcome } from '@ephemetry/forge';
import {
  boolean,
  integer,
  type JsonSchema,
  list,
  maybe,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';

/** A line of each verb. */
export const COLLECT_JSON: JsonSchema = object('A collect.', {
  unix_ms: integer('When it ended, in milliseconds since 1970.'),
  repositories: list(
    'Every repository that was asked for.',
    object('One of them.', {
      repository: string('Its name.'),
      result: word('Whether it was collected.', ['collected', 'failed']),
      is_first: maybe(boolean('Whether it was collected for the first time, which counts no event.')),
      events: maybe(integer('How many events were counted.')),
      remarks: maybe(list('What people should know.', string('In words.'))),
      failure: maybe(
        object('Why it was not collected.', {
          kind: string('What went wrong, in one word.'),
          message: string('What was seen, and what to do.'),
        }),
      ),
    }),
  ),
  requests: list(
    'How the requests to the forge ended.',
    object('So many ended so.', {
      outcome: string('The class of the status, timeout or refused.'),
      count: integer('How many.'),
    }),
  ),
});

/** One collect as a value for {@link COLLECT_JSON}. */
export function collectJson({ repositories, requests }: CollectReport, unixMs: number): object {
  return {
    unixMs,
    repositories: repositories.map(outcomeJson),
    requests: [...requests].map(([outcome, count]) => ({ outcome, count })),
  };
}

function outcomeJson(outcome: RepositoryOutcome): object {
  const { name: repository, kind: result } = outcome;
  if (outcome.kind === 'failed') {
    const { failure } = outcome;
    return { repository, result, failure: { kind: failure.kind, message: describeForgeFailure(failure) } };
  }
  const { isFirst, events, remarks } = outcome;
  return { repository, result, isFirst, events, remarks };
}
