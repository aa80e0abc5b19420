import { describe, expect, test } from 'vitest';
import { parseEvent } from './parse-event.ts';
import { readEvents } from './read-events.ts';

const EVENT = {
  v: 1,
  run_id: 'r1',
  seq: 0,
  event_type: 'tool.call',
  status: 'ok',
  timestamp: '2026-01-31T12:00:00Z',
};

function parsed(changes: object): ReturnType<typeof parseEvent> {
  return parseEvent(JSON.stringify({ ...EVENT, ...changes }).replace('"INFINITY"', '1e999'));
}

describe('a line is refused, with its field and what is allowed', () => {
  test.each<[string, object, string, RegExp]>([
    ['another version', { v: 2 }, 'v', /v must be 1, but is 2/],
    ['no run id', { run_id: undefined }, 'run_id', /1 to 200 printable characters, but is missing/],
    ['a run id with a line break', { run_id: 'a\nb' }, 'run_id', /printable/],
    ['a run id of 201 characters', { run_id: 'r'.repeat(201) }, 'run_id', /printable/],
    ['a run id that turns the order around', { run_id: 'a\u202eb' }, 'run_id', /printable/],
    ['a seq below 0', { seq: -1 }, 'seq', /whole number of 0 or more, but is -1/],
    ['half a seq', { seq: 0.5 }, 'seq', /whole number/],
    ['a seq as text', { seq: '1' }, 'seq', /but is "1"/],
    ['no type', { event_type: null }, 'event_type', /text such as tool.call/],
    ['a stage that is a number', { stage: 1 }, 'stage', /text or null/],
    [
      'the status of a run on a step',
      { status: 'completed' },
      'status',
      /of tool.call must be ok, error or null/,
    ],
    ['no time', { timestamp: undefined }, 'timestamp', /RFC 3339 with a zone/],
    ['a time without a zone', { timestamp: '2026-01-31T12:00:00' }, 'timestamp', /RFC 3339 with a zone/],
    ['a day that is none', { timestamp: '2026-02-31T12:00:00Z' }, 'timestamp', /RFC 3339/],
    ['a number that is no time since 2001', { timestamp: 12 }, 'timestamp', /between 2001 and 2286/],
    ['a payload that is a list', { payload: [] }, 'payload', /must be an object/],
    ['a payload above 64 KiB', { payload: { x: 'y'.repeat(70_000) } }, 'payload', /allowed are 65536/],
    [
      'a duration as text',
      { payload: { duration_ms: 'fast' } },
      'payload.duration_ms',
      /a number or null, but is "fast"/,
    ],
    [
      'a duration without an end',
      { payload: { duration_ms: 'INFINITY' } },
      'payload.duration_ms',
      /is Infinity/,
    ],
    [
      'tokens that have no sum',
      { event_type: 'model.call', payload: { input_tokens: 1e308 } },
      'payload.input_tokens',
      /a number of at most 1e18 or null, but is 1e\+308/,
    ],
    ['a duration below 0', { payload: { duration_ms: -1 } }, 'payload.duration_ms', /0 or more/],
    ['an error that is a number', { payload: { error: 7 } }, 'payload.error', /code, message and class/],
    [
      '21 tags',
      { event_type: 'run.started', status: null, payload: { tags: tags(21) } },
      'payload.tags',
      /allowed are 20/,
    ],
  ])('%s', (_, changes, field, message) => {
    const result = parsed(changes);
    expect(result).toMatchObject({ kind: 'fault', fault: { field } });
    if (result.kind === 'fault') expect(result.fault.message).toMatch(message);
  });

  test.each([
    ['no JSON', 'nonsense', /is not JSON, or is cut off: "nonsense"/],
    ['a line that is cut off', '{"v":1,"run_id":"r', /cut off/],
    ['a list', '[1]', /must be a JSON object/],
    ['a line above 256 KiB', `{"v":"${'x'.repeat(300_000)}"}`, /allowed are 262144/],
  ])('%s', (_, line, message) => {
    const result = parseEvent(line);
    expect(result).toMatchObject({ kind: 'fault', fault: { field: 'line' } });
    if (result.kind === 'fault') expect(result.fault.message).toMatch(message);
  });
});

function tags(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));
}

describe('the size of a number tells its unit', () => {
  const unixMs = Date.parse('2026-01-31T12:00:00Z');
  test.each([
    ['seconds', unixMs / 1e3],
    ['milliseconds', unixMs],
    ['microseconds', unixMs * 1e3],
    ['nanoseconds', unixMs * 1e6],
    ['text', '2026-01-31T13:00:00+01:00'],
  ])('%s', (_, timestamp) => {
    expect(parsed({ timestamp })).toMatchObject({ kind: 'event', event: { unixMs } });
  });
});

test.each(['payload', 'run_id'])('a %s that is nested without end refuses its line alone', (field) => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  const value = field === 'payload' ? `{"x":${deep}}` : deep;
  const line = JSON.stringify({ ...EVENT, [field]: 'DEEP' }).replace('"DEEP"', value);
  const { events, refused } = readEvents(`${line}\n${JSON.stringify(EVENT)}\n`);
  expect(events).toHaveLength(1);
  expect(refused).toMatchObject([{ line: 1, field, message: expect.stringContaining('nested too deep') }]);
});

test('null is unknown, and a type that nobody knows is kept', () => {
  const call = parsed({ payload: { duration_ms: null, tool: 'search', extra: { a: 1 } } });
  expect(call).toMatchObject({ kind: 'event', event: { fields: new Map([['tool', 'search']]) } });
  expect(parsed({ event_type: 'constructor', payload: { tool: 'x' } })).toMatchObject({
    kind: 'event',
    event: { type: 'constructor', fields: new Map() },
  });
});

test('an empty text is unknown, as a missing one', () => {
  const payload = { project: '', model: null, scenario: 's', tags: { branch: '', release: '1' } };
  expect(parsed({ event_type: 'run.started', status: null, payload })).toMatchObject({
    kind: 'event',
    event: {
      fields: new Map<string, unknown>([
        ['scenario', 's'],
        ['tags', { release: '1' }],
      ]),
    },
  });
});

test('of a file every line is taken or named', () => {
  const lines = [JSON.stringify(EVENT), '', 'nonsense', JSON.stringify({ ...EVENT, seq: 1 }), '{"v":1'];
  const { events, refused } = readEvents(`\ufeff${lines.join('\r\n')}`);
  expect(events.map(({ seq }) => seq)).toEqual([0, 1]);
  expect(refused.map(({ line, field }) => [line, field])).toEqual([
    [3, 'line'],
    [5, 'line'],
  ]);
});
