/** The failures of a run, and the one that an unsuccessful run is counted under. */
import { type AgentEvent, type FaultFields, faultOf, numberOf, textOf } from '../event/agent-event.ts';
import { type Failure, toFailure, WRONG_RESULT } from '../failure/failure.ts';

/** The same tool with the same arguments so often in a row is a loop. */
const LOOP_CALLS = 3;

/** In the order of the run. */
export function findFailures(events: readonly AgentEvent[]): readonly Failure[] {
  const failures: Failure[] = [];
  const lastSuccess = lastSuccesses(events);
  let [repeated, repetitions] = ['', 0];
  for (const event of events) {
    const failure = failureOf(event, lastSuccess);
    if (failure !== undefined) failures.push(failure);
    if (event.type !== 'tool.call') continue;
    const digest = textOf(event, 'arguments_digest');
    const call = digest === undefined ? '' : `${textOf(event, 'tool') ?? ''} ${digest}`;
    repetitions = call !== '' && call === repeated ? repetitions + 1 : 1;
    repeated = call;
    if (call !== '' && repetitions === LOOP_CALLS)
      failures.push(
        toFailure({
          kind: 'loop',
          place: textOf(event, 'tool'),
          fault: undefined,
          finishReason: undefined,
          seq: event.seq,
          isRecovered: (lastSuccess.get(textOf(event, 'tool') ?? '') ?? -1) > event.seq,
        }),
      );
  }
  return failures;
}

/** Whether a step went wrong. */
export function hasFailed(event: AgentEvent): boolean {
  return event.status === 'error' || faultOf(event) !== undefined;
}

function failureOf(event: AgentEvent, lastSuccess: ReadonlyMap<string, number>): Failure | undefined {
  const place = textOf(event, 'tool') ?? textOf(event, 'source') ?? textOf(event, 'policy');
  const finishReason = textOf(event, 'finish_reason');
  const facts = {
    kind: event.type,
    place,
    finishReason,
    seq: event.seq,
    durationMs: numberOf(event, 'duration_ms'),
    documents: numberOf(event, 'documents'),
    isRecovered: place !== undefined && (lastSuccess.get(place) ?? -1) > event.seq,
  };
  switch (event.type) {
    case 'error':
      return toFailure({ ...facts, fault: faultOfError(event) });
    case 'tool.call':
    case 'model.call':
      return hasFailed(event) || isCutOff(finishReason)
        ? toFailure({ ...facts, fault: faultOf(event) })
        : undefined;
    case 'retrieval':
      return hasFailed(event) || numberOf(event, 'documents') === 0
        ? toFailure({ ...facts, fault: faultOf(event) })
        : undefined;
    case 'policy.check':
      return textOf(event, 'decision') === 'deny'
        ? toFailure({ ...facts, fault: faultOf(event) })
        : undefined;
    case 'run.finished': {
      const reason = textOf(event, 'reason');
      if (event.status !== 'failed' || reason === undefined) return undefined;
      return toFailure({ ...facts, fault: { code: undefined, message: reason, class: undefined } });
    }
    default:
      return undefined;
  }
}

/** A model that was stopped in the middle of its answer. */
function isCutOff(finishReason: string | undefined): boolean {
  return (
    finishReason !== undefined && /^(length|max_tokens|content_filter|safety|refusal)$/i.test(finishReason)
  );
}

function faultOfError(event: AgentEvent): FaultFields {
  return { code: textOf(event, 'code'), message: textOf(event, 'message'), class: textOf(event, 'class') };
}

/**
 * The last failure after which the same tool did not succeed: what was tried again and worked was no reason. Else the last one;
 * else the result was wrong, and nothing says why.
 */
export function primaryFailure(failures: readonly Failure[]): Failure {
  return failures.findLast(({ isRecovered }) => !isRecovered) ?? failures.at(-1) ?? WRONG_RESULT;
}

/** The place of the last call of each tool that succeeded. */
function lastSuccesses(events: readonly AgentEvent[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const event of events) {
    const tool = textOf(event, 'tool');
    if (event.type === 'tool.call' && tool !== undefined && !hasFailed(event)) last.set(tool, event.seq);
  }
  return last;
}
