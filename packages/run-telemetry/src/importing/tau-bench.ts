/** Results of tau-bench: a list of `{task_id, reward, info, traj, trial}`. A reward of 1 is success, as there. */
import {
  charactersIn,
  digestOf,
  type ImportedEvent,
  type ImportedRun,
  idPart,
  type Json,
  messageIn,
  numberIn,
  objectIn,
  objectsIn,
  textIn,
} from './imported-event.ts';

/** As tau-bench compares rewards. */
const SUCCESS_FROM = 1 - 1e-6;

export function isTauBench(value: unknown): boolean {
  const [first] = objectsIn(value);
  return first !== undefined && 'task_id' in first && 'reward' in first && 'traj' in first;
}

/**
 * A result tells no time, and agents that are asked at temperature 0 do the same again: where the content is the same, the name of the
 * file tells two runs apart.
 */
export function readTauBench(value: unknown, file: string | undefined): readonly ImportedRun[] {
  return objectsIn(value).map((result) => runOf(result, file));
}

function runOf(result: Json, file: string | undefined): ImportedRun {
  const { task_id: task, trial, reward: given, traj, info } = result;
  const reward = numberIn(given);
  const messages = objectsIn(traj);
  const fault = messageIn(objectIn(info)['error']);
  const answers = new Map(messages.map((message) => [message['tool_call_id'], message]));
  return {
    runId: `task-${idPart(task)}-trial-${idPart(trial ?? 0)}-${digestOf([file ?? null, result])}`,
    events: [
      {
        event_type: 'run.started',
        payload: { producer: 'tau-bench', agent: 'tau-bench', scenario: idPart(task), trial: trial ?? null },
      },
      ...messages.flatMap((message) => stepsOf(message, answers)),
      ...(fault === undefined ? [] : [{ event_type: 'error', status: 'error', payload: { message: fault } }]),
      ...(reward === undefined
        ? []
        : [{ event_type: 'evaluation', payload: { name: 'reward', score: reward } }]),
      {
        event_type: 'run.finished',
        status: 'completed',
        payload: { success: reward === undefined ? null : reward >= SUCCESS_FROM },
      },
    ],
  };
}

function stepsOf(message: Json, answers: ReadonlyMap<unknown, Json>): readonly ImportedEvent[] {
  if (message['role'] !== 'assistant') return [];
  const call = {
    event_type: 'model.call',
    status: 'ok',
    payload: { output_characters: charactersIn(message['content']) ?? null },
  };
  return [call, ...objectsIn(message['tool_calls']).map((each) => toolCall(each, answers))];
}

/** What a tool refuses begins with `Error`. */
function toolCall({ id, function: called }: Json, answers: ReadonlyMap<unknown, Json>): ImportedEvent {
  const { name, arguments: given } = objectIn(called);
  const answer = textIn(answers.get(id)?.['content']);
  const isError = answer?.startsWith('Error') === true;
  return {
    event_type: 'tool.call',
    status: isError ? 'error' : 'ok',
    payload: {
      tool: textIn(name) ?? null,
      arguments_digest: digestOf(given),
      ...(isError ? { error: { message: messageIn(answer) } } : {}),
    },
  };
}
