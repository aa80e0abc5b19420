/** What each class of failures is, for the pages of `docs/failures` and for whoever has to tell classes apart. */
import type { FailureClass } from '../failure/failure-class.ts';

/** A class in words. */
export interface ClassMeaning {
  /** One sentence. */
  readonly meaning: string;
  /** Messages and codes that belong here, in Markdown; none where a failure has neither. */
  readonly says: readonly string[];
  /** What to look at first. */
  readonly first: string;
}

/** Every class. */
export const CLASS_MEANINGS: Readonly<Record<FailureClass, ClassMeaning>> = {
  tool_schema_mismatch: {
    meaning: 'The model called a tool with arguments that the schema of the tool does not allow.',
    says: [
      "`missing 1 required positional argument: 'to'`",
      '`input should be a valid integer`',
      'the code `-32602`',
    ],
    first: 'Which argument it is: the evidence names the values that stand in the message most often.',
  },
  tool_timeout: {
    meaning: 'A tool did not answer in the time that it had.',
    says: ['`timed out after 30 s`', '`deadline exceeded`', 'the code `ETIMEDOUT` or `504`'],
    first: 'How long calls take that succeed: near the limit, or far below it.',
  },
  retrieval_failure: {
    meaning: 'A retrieval failed, or found no document.',
    says: ['`no documents found`', '`index docs-v3 not found`', 'a retrieval with 0 documents'],
    first: 'Whether the index that the agent asks is the one that was filled, with the same embedding.',
  },
  policy_violation: {
    meaning: 'A policy, a guardrail or a content filter refused what the agent wanted to do.',
    says: [
      '`blocked by policy no-shell`',
      'a check with the decision `deny`',
      'the finish reason `content_filter`',
    ],
    first:
      'Whether the policy is right: then the agent needs an allowed way, else the policy needs a narrower rule.',
  },
  rate_limited: {
    meaning: 'A provider or a tool refused a call because there were too many.',
    says: ['`rate limit exceeded`', '`too many requests`', 'the code `429`'],
    first: 'How many runs start at the same time, and whether a retry waits as long as the answer asks for.',
  },
  provider_error: {
    meaning: 'The provider of the model failed, or a model call ended in a way that nothing else explains.',
    says: ['`internal server error`', '`overloaded`', 'the code `500`, `502`, `503` or `529`'],
    first: 'The status page of the provider for the time of these runs.',
  },
  auth_failure: {
    meaning: 'A key, a token or a login was missing, wrong, expired or not allowed to do this.',
    says: ['`invalid api key`', '`token has expired`', 'the code `401` or `403`'],
    first: 'Whether all runs have it (the secret is missing) or only long ones (it expires).',
  },
  context_overflow: {
    meaning: 'A prompt was longer than the context window of the model.',
    says: [
      '`prompt is too long: 210000 tokens`',
      '`maximum context length`',
      'the code `context_length_exceeded`',
    ],
    first: 'What made it long: the history, or one answer of a tool.',
  },
  output_format: {
    meaning: 'An answer of the model was cut off, or is not in the form that was asked for.',
    says: ['`could not parse the model output`', '`expecting value`', 'the finish reason `length`'],
    first: 'Whether the answer was cut off at its limit or is wrong from its beginning.',
  },
  tool_rejected: {
    meaning: 'A tool ran, and refused by a rule of its own.',
    says: ['`payment amount does not add up`', '`seat is taken`', '`the order was refused by the shop`'],
    first: 'Whether the agent could have known the rule before it called.',
  },
  budget_exceeded: {
    meaning: 'A run ended because it had used up its steps, its time, its tokens or its money.',
    says: ['`step limit reached`', '`cost budget exceeded`', '`recursion limit`'],
    first: 'Whether the run was near its goal, or went round in circles.',
  },
  loop: {
    meaning: 'The agent called one tool three times in a row with the same arguments.',
    says: [],
    first: 'What the tool answered each time, and whether that told the agent anything.',
  },
  environment_error: {
    meaning: 'A file, a program, a service or memory that the run needs was not there.',
    says: [
      '`jq: command not found`',
      '`connection refused`',
      '`no space left on device`',
      'the code `ENOENT`',
    ],
    first: 'Whether it is the same on every machine: then the image lacks it.',
  },
  cancelled: {
    meaning: 'A step or a run was stopped from outside.',
    says: ['`aborted by the user`', '`KeyboardInterrupt`'],
    first: 'Who stops it: a person, the time limit of the harness, or a newer commit in CI.',
  },
  wrong_result: {
    meaning: 'The run did not succeed, and no step of it failed.',
    says: [],
    first: 'An example run beside one that passed: the step at which they part.',
  },
  unknown: {
    meaning: 'No rule knows this failure.',
    says: [],
    first: 'What it says, and whether the producer can name its class in `error.class`.',
  },
};
