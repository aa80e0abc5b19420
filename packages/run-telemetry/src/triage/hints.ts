// biome-ignore-all lint/style/noExcessiveLinesPerFile: one table, read from top to bottom
/**
 * The catalogue of hints: what to do about a class of failures, and the condition under which it is worth saying. Data only;
 * pages and messages are made from it. A table: its length is that of the subject.
 */
import type { FailureClass } from '../failure/failure-class.ts';
import type { Condition } from './conditions.ts';

/** What to do about a cluster. */
export interface Hint {
  /** `timeout-near-limit`: an anchor of its class's page. It never changes. */
  readonly id: string;
  readonly class: FailureClass;
  readonly when: Condition;
  /** In a few words. */
  readonly title: string;
  /** What to do, in their order. */
  readonly steps: readonly string[];
}

/** In the order in which those of one class are shown. */
export const HINTS: readonly Hint[] = [
  {
    id: 'schema-one-argument',
    class: 'tool_schema_mismatch',
    when: { kind: 'one_value', share: 0.6 },
    title: 'one argument is nearly always the wrong one',
    steps: [
      "Make it required, or an enum of its allowed values, in the tool's schema.",
      "Show one call with it in the tool's description.",
      "Return the validator's message to the model, so that its next call can mend it.",
      'Add an evaluation that counts calls with this argument wrong.',
    ],
  },
  {
    id: 'schema-one-model',
    class: 'tool_schema_mismatch',
    when: { kind: 'mostly_one', of: 'model' },
    title: 'one model calls it wrong, the others do not',
    steps: [
      'Compare the schema that each provider is sent: some drop keywords, some need a strict mode.',
      'Try the strict mode of this provider, or a simpler schema without nested unions.',
    ],
  },
  {
    id: 'schema-not-mended',
    class: 'tool_schema_mismatch',
    when: { kind: 'stays', share: 0.5 },
    title: 'the model does not mend its call',
    steps: [
      "Return the validator's message and the part of the schema that it is about as the answer of the tool.",
      'End the run after the second equal mistake, so that it costs no more.',
    ],
  },
  {
    id: 'timeout-near-limit',
    class: 'tool_timeout',
    when: { kind: 'near_limit' },
    title: 'calls that succeed come near to the limit',
    steps: [
      'Raise the limit, if the answer is worth the wait.',
      'Ask for less: page the query, narrow its range, or ask for fewer fields.',
      'Find out why the slow calls are slow, with the duration of the tool as a metric that is gated.',
    ],
  },
  {
    id: 'timeout-far-from-limit',
    class: 'tool_timeout',
    when: { kind: 'far_from_limit' },
    title: 'calls that succeed are far below the limit',
    steps: [
      'The tool hangs now and then: retry once with backoff and jitter.',
      'Lower the limit, so that the retry comes sooner.',
      'Look at the service behind the tool for the times of these runs.',
    ],
  },
  {
    id: 'timeout-one-scenario',
    class: 'tool_timeout',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'one scenario asks for too much',
    steps: [
      'Page or narrow the query of this scenario.',
      'Give the tool an argument that limits what it returns.',
    ],
  },
  {
    id: 'retrieval-empty',
    class: 'retrieval_failure',
    when: { kind: 'no_documents', share: 0.5 },
    title: 'the retrieval finds nothing',
    steps: [
      'Check that the version of the index is the one that was filled last.',
      'Check the filter: a tenant, a language or a date that no document has.',
      'Lower the least similarity, or fall back to a search by words.',
      'Tell the agent that nothing was found, so that it asks again in other words.',
    ],
  },
  {
    id: 'retrieval-no-index',
    class: 'retrieval_failure',
    when: { kind: 'says', words: ['not found', 'does not exist', 'missing', 'not loaded', 'is empty'] },
    title: 'the index is not there',
    steps: [
      'Compare the name of the index, the collection and the namespace with those that were filled.',
      'Fill the index before the runs start, and let them wait until it is ready.',
    ],
  },
  {
    id: 'retrieval-dimension',
    class: 'retrieval_failure',
    when: { kind: 'says', words: ['dimension', 'embedding'] },
    title: 'the embedding is another one than that of the index',
    steps: [
      'Fill the index again with the embedding that the agent uses now.',
      'Keep its name in the config of the runs.',
    ],
  },
  {
    id: 'policy-often',
    class: 'policy_violation',
    when: { kind: 'often', share: 0.1 },
    title: 'the policy refuses what the agent does all the time',
    steps: [
      'Read what was refused. If it should be allowed, narrow the policy to what must not happen.',
      'If it should not, give the agent an allowed way, and name it in the message of the refusal.',
    ],
  },
  {
    id: 'policy-one-scenario',
    class: 'policy_violation',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'one scenario asks for what is not allowed',
    steps: [
      'Decide whether the refusal is the right end: then let the scenario count it as success.',
      'Else rewrite the scenario, or allow its case alone.',
    ],
  },
  {
    id: 'policy-not-avoided',
    class: 'policy_violation',
    when: { kind: 'seen', runs: 3 },
    title: 'the agent does not know the rule',
    steps: [
      'Say in the prompt what is refused and what to do in its place.',
      'Return the rule with the refusal.',
    ],
  },
  {
    id: 'rate-one-group',
    class: 'rate_limited',
    when: { kind: 'mostly_one', of: 'group' },
    title: 'it happens in one job or on one day',
    steps: [
      'Spread the starts of the runs, or run fewer at the same time.',
      'Look for another job that used the same key at that time.',
    ],
  },
  {
    id: 'rate-recovers',
    class: 'rate_limited',
    when: { kind: 'recovers', share: 0.5 },
    title: 'waiting helps',
    steps: [
      'Wait as long as `Retry-After` says, with jitter.',
      'Count these waits: they are part of the duration.',
    ],
  },
  {
    id: 'rate-limit-reached',
    class: 'rate_limited',
    when: { kind: 'seen', runs: 3 },
    title: 'more is asked for than the limit allows',
    steps: [
      'Limit how many calls run at the same time, over all runs of the key.',
      'Ask for a higher limit, or use a key for each job.',
      'Cache answers that do not change.',
    ],
  },
  {
    id: 'provider-one-group',
    class: 'provider_error',
    when: { kind: 'mostly_one', of: 'group' },
    title: 'it was an incident',
    steps: [
      "Look at the provider's status page for that day.",
      'Run these scenarios again; what an incident broke says nothing about the change.',
    ],
  },
  {
    id: 'provider-one-model',
    class: 'provider_error',
    when: { kind: 'mostly_one', of: 'model' },
    title: 'one model fails, the others do not',
    steps: [
      'Check that the model is still offered under this name.',
      'Try another region or another provider of it.',
    ],
  },
  {
    id: 'provider-retry',
    class: 'provider_error',
    when: { kind: 'seen', runs: 3 },
    title: 'calls are not tried again',
    steps: [
      'Retry 5xx and overload with backoff and jitter, three times at most.',
      'Fall back to another model, and record which one answered.',
    ],
  },
  {
    id: 'auth-expired',
    class: 'auth_failure',
    when: { kind: 'says', words: ['expired'] },
    title: 'a token expires during the run',
    steps: [
      'Fetch the token at the start of each run, and again before it ends.',
      'Ask for a token that outlasts the longest run.',
    ],
  },
  {
    id: 'auth-all-runs',
    class: 'auth_failure',
    when: { kind: 'often', share: 0.5 },
    title: 'the secret is missing or wrong',
    steps: [
      'Check the variable that the key comes from, in the environment of the runs.',
      'Stop before the first run when a key is not accepted.',
    ],
  },
  {
    id: 'auth-one-scenario',
    class: 'auth_failure',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'the account may not do this',
    steps: [
      'Give the account the right that this scenario needs, and no more.',
      'Let the tool say which right is missing.',
    ],
  },
  {
    id: 'context-more-steps',
    class: 'context_overflow',
    when: { kind: 'larger', of: 'steps', times: 1.5 },
    title: 'the history is too long',
    steps: [
      'Sum up or drop old steps before the window is full.',
      'End a run that makes no progress earlier.',
    ],
  },
  {
    id: 'context-one-scenario',
    class: 'context_overflow',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'one scenario brings too much text',
    steps: [
      'Cut the answers of its tools to what is needed.',
      'Give the agent a way to read a long text in parts.',
    ],
  },
  {
    id: 'context-measure',
    class: 'context_overflow',
    when: { kind: 'seen', runs: 3 },
    title: 'nobody counts before the call',
    steps: [
      'Count the tokens of the prompt before each call, and shorten it where it is too long.',
      'Gate on `tokens`, which rise before the window is full.',
    ],
  },
  {
    id: 'format-cut-off',
    class: 'output_format',
    when: { kind: 'says_nothing' },
    title: 'answers are cut off at their limit',
    steps: ['Raise the limit of output tokens.', 'Ask for a shorter answer, or for one part at a time.'],
  },
  {
    id: 'format-json',
    class: 'output_format',
    when: { kind: 'says', words: ['json', 'parse', 'expecting', 'unterminated', 'unexpected token'] },
    title: 'answers are no valid JSON',
    steps: [
      "Use the provider's structured output in place of a request in the prompt.",
      'Return the error of the parser to the model once.',
      'Strip code fences before parsing.',
    ],
  },
  {
    id: 'format-one-model',
    class: 'output_format',
    when: { kind: 'mostly_one', of: 'model' },
    title: 'one model keeps to the form less',
    steps: ['Give this model an example of the form.', 'Use its structured output.'],
  },
  {
    id: 'rejected-one-scenario',
    class: 'tool_rejected',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'one scenario meets a rule of the tool',
    steps: [
      'Check that the data of the scenario is still valid: an order that is closed, a seat that is taken.',
      'If the rule is what the scenario tests, tell the agent what a good end is.',
    ],
  },
  {
    id: 'rejected-one-value',
    class: 'tool_rejected',
    when: { kind: 'one_value', share: 0.6 },
    title: 'it is always the same value',
    steps: [
      'Look where the agent has this value from: the prompt, the data, or an earlier tool.',
      'Check it before the call.',
    ],
  },
  {
    id: 'rejected-unknown-rule',
    class: 'tool_rejected',
    when: { kind: 'stays', share: 0.5 },
    title: 'the agent does not know the rule, and does not find a way',
    steps: [
      "Write the rule into the tool's description, with a call that keeps it.",
      'Let the refusal say what would be accepted.',
      'Add an evaluation for it.',
    ],
  },
  {
    id: 'budget-more-steps',
    class: 'budget_exceeded',
    when: { kind: 'larger', of: 'steps', times: 1.5 },
    title: 'these runs go round in circles',
    steps: [
      'Look at an example run: where does it repeat itself?',
      'Tell the agent how many steps are left.',
      'Stop at the second equal call.',
    ],
  },
  {
    id: 'budget-one-scenario',
    class: 'budget_exceeded',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'one scenario needs more than the others',
    steps: [
      'Raise the limit for it, or split it.',
      'Compare with a run that passed: how many steps did that take?',
    ],
  },
  {
    id: 'loop-not-left',
    class: 'loop',
    when: { kind: 'stays', share: 0.5 },
    title: 'the agent does not get out of it',
    steps: [
      'After the second equal call return what it said before, and that it will say the same again.',
      'End the run after the third, so that it costs no more.',
    ],
  },
  {
    id: 'loop-one-model',
    class: 'loop',
    when: { kind: 'mostly_one', of: 'model' },
    title: 'one model repeats itself',
    steps: [
      'Check that its earlier calls and their answers are in its prompt.',
      'Try a higher temperature, or another model for this step.',
    ],
  },
  {
    id: 'loop-answer',
    class: 'loop',
    when: { kind: 'seen', runs: 3 },
    title: 'the answer tells the agent nothing',
    steps: [
      'Let the tool say what to do next: an empty answer is asked for again.',
      'Say in its description when to call it, and when not.',
    ],
  },
  {
    id: 'environment-missing',
    class: 'environment_error',
    when: {
      kind: 'says',
      words: [
        'no such file',
        'not found',
        'cannot find',
        'no module',
        'modulenotfound',
        'enoent',
        'not recognized',
      ],
    },
    title: 'something is not installed',
    steps: [
      'Put the file or the program into the image of the runs.',
      'Check for it before the first run, and stop there.',
    ],
  },
  {
    id: 'environment-service',
    class: 'environment_error',
    when: {
      kind: 'says',
      words: [
        'refused',
        'reset',
        'econn',
        'getaddrinfo',
        'enotfound',
        'unreachable',
        'closed',
        'certificate',
        'ssl',
        'tls',
        'broken pipe',
      ],
    },
    title: 'a service does not answer',
    steps: [
      'Start it before the runs, and wait until it is ready.',
      'Look at its log for the times of these runs.',
    ],
  },
  {
    id: 'environment-resources',
    class: 'environment_error',
    when: {
      kind: 'says',
      words: ['memory', 'oom', 'killed', 'no space', 'full', 'too many open files', 'enospc', 'emfile'],
    },
    title: 'the machine is too small',
    steps: [
      'Raise the limit of memory or disk of the job, or run fewer at the same time.',
      'Clean up after each run.',
    ],
  },
  {
    id: 'environment-all-runs',
    class: 'environment_error',
    when: { kind: 'often', share: 0.5 },
    title: 'most runs have it',
    steps: ['These runs say nothing about the agent. Mend the environment and run again.'],
  },
  {
    id: 'cancelled-by-whom',
    class: 'cancelled',
    when: { kind: 'seen', runs: 3 },
    title: 'runs are stopped from outside',
    steps: [
      'Find out who stops them.',
      'If it is a time limit, record it as such (status failed, the reason in words).',
      'If it is a newer commit, end these runs with status cancelled: they are left out.',
    ],
  },
  {
    id: 'wrong-one-scenario',
    class: 'wrong_result',
    when: { kind: 'mostly_one', of: 'scenario' },
    title: 'one scenario fails',
    steps: [
      'Read an example run beside one that passed: the step at which they part.',
      'Check that the expected result of the scenario is still right.',
    ],
  },
  {
    id: 'wrong-often',
    class: 'wrong_result',
    when: { kind: 'often', share: 0.1 },
    title: 'many runs fail without a reason',
    steps: [
      'Add evaluations that tell reasons apart: a fact that is missing, a wrong action, a wrong form.',
      'Record them as `error` events with a class, so that they become clusters of their own.',
    ],
  },
  {
    id: 'unknown-name-it',
    class: 'unknown',
    when: { kind: 'seen', runs: 3 },
    title: 'no rule knows this message',
    steps: [
      'Give the event a class (`error.class`) or a code (`error.code`) where it is made.',
      'Tell us the message: a rule may be missing.',
    ],
  },
];
