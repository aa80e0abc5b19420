/**
 * Logs of Inspect, as `.json`: a run is one sample in one epoch. A score is an evaluation; what counts as success is for
 * `--success` to say.
 */
import {
  charactersIn,
  digestOf,
  type ImportedEvent,
  type ImportedRun,
  idPart,
  isObject,
  type Json,
  messageIn,
  numberIn,
  objectIn,
  objectsIn,
  textIn,
} from './imported-event.ts';

/** Inspect's own numbers for correct, incomplete and partial answers. */
const LETTERS: ReadonlyMap<unknown, number> = new Map([
  ['C', 1],
  ['P', 0.5],
  ['I', 0],
  ['N', 0],
]);

export function isInspect(value: unknown): boolean {
  return isObject(value) && isObject(value['eval']) && Array.isArray(value['samples']);
}

export function readInspect(value: unknown, file: string | undefined): readonly ImportedRun[] {
  const log = objectIn(value);
  return objectsIn(log['samples']).map((sample) => runOf(sample, objectIn(log['eval']), file));
}

function runOf(sample: Json, evaluated: Json, file: string | undefined): ImportedRun {
  const { id, epoch, scores, messages: given, error, total_time: seconds, model_usage: usage } = sample;
  const task = textIn(evaluated['task']) ?? 'task';
  const messages = objectsIn(given);
  const answers = new Map(messages.map((message) => [message['tool_call_id'], message]));
  const fault = messageIn(objectIn(error)['message']);
  const duration = numberIn(seconds);
  // What the log itself is called comes first: a copy of it holds the same runs.
  const log = textIn(evaluated['run_id']) ?? textIn(evaluated['created']) ?? file ?? null;
  return {
    runId: `${idPart(id)}-epoch-${idPart(epoch ?? 1)}-${digestOf([log, sample])}`,
    events: [
      {
        event_type: 'run.started',
        timestamp: textIn(sample['started_at']) ?? textIn(evaluated['created']),
        payload: {
          producer: 'inspect',
          project: task,
          agent: 'inspect',
          scenario: `${task}/${id}`,
          trial: epoch ?? null,
          model: textIn(evaluated['model']) ?? null,
        },
      },
      ...messages.flatMap((message) => stepsOf(message, answers)),
      ...Object.entries(objectIn(scores)).map(([name, score]) => evaluation(name, objectIn(score)['value'])),
      ...(fault === undefined ? [] : [{ event_type: 'error', status: 'error', payload: { message: fault } }]),
      {
        event_type: 'run.finished',
        status: fault === undefined ? 'completed' : 'failed',
        payload: {
          duration_ms: duration === undefined ? null : 1000 * duration,
          input_tokens: usageOf(usage, 'input_tokens'),
          output_tokens: usageOf(usage, 'output_tokens'),
        },
      },
    ],
  };
}

/** Over all models; null where one of them does not tell it. */
function usageOf(usage: unknown, name: string): number | null {
  const counts = Object.values(objectIn(usage)).map((each) => numberIn(objectIn(each)[name]));
  if (counts.length === 0 || counts.includes(undefined)) return null;
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

function evaluation(name: string, value: unknown): ImportedEvent {
  const score = typeof value === 'boolean' ? Number(value) : (numberIn(value) ?? LETTERS.get(value));
  const label = typeof value === 'string' ? value.slice(0, 200) : null;
  return { event_type: 'evaluation', payload: { name: name.slice(0, 200), score: score ?? null, label } };
}

function stepsOf(message: Json, answers: ReadonlyMap<unknown, Json>): readonly ImportedEvent[] {
  if (message['role'] !== 'assistant') return [];
  const call = {
    event_type: 'model.call',
    status: 'ok',
    payload: {
      model: textIn(message['model']) ?? null,
      output_characters: charactersIn(message['content']) ?? null,
    },
  };
  return [call, ...objectsIn(message['tool_calls']).map((each) => toolCall(each, answers))];
}

function toolCall(
  { id, function: tool, arguments: given }: Json,
  answers: ReadonlyMap<unknown, Json>,
): ImportedEvent {
  const { message, type } = objectIn(answers.get(id)?.['error']);
  const text = messageIn(message);
  return {
    event_type: 'tool.call',
    status: text === undefined ? 'ok' : 'error',
    payload: {
      tool: textIn(tool) ?? null,
      arguments_digest: digestOf(given),
      ...(text === undefined ? {} : { error: { code: textIn(type), message: text } }),
    },
  };
}
