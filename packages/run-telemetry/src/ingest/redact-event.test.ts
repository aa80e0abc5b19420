/** Nothing that is kept of a line has a secret in it, wherever in the line it stood. */
import { expect, test } from 'vitest';
import type { AgentEvent } from '../event/agent-event.ts';
import { eventLine } from '../event/event-text.ts';
import { parseEvent } from '../event/parse-event.ts';
import { EventRedactor } from './redact-event.ts';

const KEY = 'sk-abcdefghijklmnopqrstuvwx';
const START = { v: 1, run_id: 'r', seq: 0, event_type: 'run.started', timestamp: 1_770_000_000 };

test.each<[string, object, string]>([
  ['a stage', { stage: `calling with ${KEY}` }, KEY],
  ['a tag', { payload: { tags: { link: 'https://ada:geheim@host/x' } } }, 'geheim'],
  ['a name', { payload: { tags: { [KEY]: 'x' } } }, KEY],
  ['a setting that is called one', { payload: { config: { openai_api_key: 'correct horse' } } }, 'horse'],
  ['a short password', { payload: { config: { db_password: 'abc' } } }, 'abc'],
  ['the shortest one in a text', { payload: { scenario: 'pwd=abc' } }, 'abc'],
])('of an event: %s', (_, changes, secret) => {
  const redactor = new EventRedactor();
  const event = eventOf({ ...START, ...changes });
  expect(eventLine(event)).toContain(secret);
  const redacted = redactor.redact(event);
  expect(eventLine(redacted)).not.toContain(secret);
  expect(redactor.takeSecrets()).toBe(1);
  expect(redactor.redact(redacted)).toEqual(redacted);
  expect(redactor.takeSecrets()).toBe(0);
});

test('settings that count tokens stay', () => {
  const event = eventOf({ ...START, payload: { config: { max_tokens: 4096, tokenizer: 'large' } } });
  expect(new EventRedactor().redact(event)).toBe(event);
});

test.each([
  ['no JSON', `denied for ${KEY}`],
  ['cut off', `{"v":1,"password":"geheim12","run_id`],
  ['a text in place of a number', JSON.stringify({ ...START, seq: `password="geheim12"` })],
  ['an object in place of a text', JSON.stringify({ ...START, payload: { project: { token: 'geheim12' } } })],
  [
    'one that the end of what is shown would cut',
    JSON.stringify({ ...START, seq: `${'x'.repeat(45)} ${KEY}` }),
  ],
])('of a line that is refused: %s', (_, line) => {
  const parsed = parseEvent(line);
  expect(parsed).toMatchObject({ kind: 'fault', fault: { message: expect.stringContaining('[redacted') } });
  expect(JSON.stringify(parsed)).not.toMatch(/geheim|sk-/);
});

function eventOf(given: object): AgentEvent {
  const parsed = parseEvent(JSON.stringify(given));
  if (parsed.kind === 'fault') throw new Error(parsed.fault.message);
  return parsed.event;
}
