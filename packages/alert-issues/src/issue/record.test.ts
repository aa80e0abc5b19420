import { expect, test } from 'vitest';
import { withBlock } from './issue-words.ts';
import { BLOCK_END, findRecord, type IssueRecord, recordLine, rememberedLabels } from './record.ts';

const RECORD: IssueRecord = {
  key: 'k',
  source: 's',
  receiver: 'r',
  groupLabels: { alertname: 'A', text: '-->\n<!-- ephemetry-alert v1 AAAA -->' },
  state: 'firing',
  fingerprints: ['00', 'ff'],
  setDigest: 'd',
  sinceMs: 1,
  writtenMs: 2,
};

test('a record is found in the body that it was written into, among the text of people', () => {
  const line = recordLine(RECORD);
  const full: IssueRecord = {
    ...RECORD,
    lastStartMs: 2,
    untilMs: 3,
    endUrl: 'u',
    isCloseRefused: true,
    own: 'limit',
    note: 'n',
    twinOf: 4,
  };
  expect(findRecord(`We look.\r\n\r\n${line}\r\nText\n${BLOCK_END}`)).toEqual({ record: RECORD, line });
  expect(findRecord(recordLine(full))?.record).toEqual(full);
});

test.each([
  ['within a line', `- \`${recordLine(RECORD)}\``],
  ['as a quotation', `> ${recordLine(RECORD)}`],
  ['broken', '<!-- ephemetry-alert v1 AAAA -->'],
  ['of another kind', `<!-- ephemetry-alert v1 ${Buffer.from('{"key":1}').toString('base64url')} -->`],
])('a line that is %s is no record', (_, body) => {
  expect(findRecord(body)).toBeUndefined();
});

test.each(['x', '\u8b66'])('the longest record of %s is found too', (letter) => {
  const fingerprints = Array.from({ length: 500 }, () => 'f'.repeat(64));
  const groupLabels = rememberedLabels({ a: letter.repeat(7_900) });
  expect(
    findRecord(recordLine({ ...RECORD, receiver: letter.repeat(500), fingerprints, groupLabels })),
  ).toBeDefined();
  expect(rememberedLabels({ a: 'x'.repeat(100_000) })).toEqual({});
});

test('a block takes the place of the one before, and nothing else changes', () => {
  const line = recordLine(RECORD);
  const body = `Above.\n\n${line}\nold\n${BLOCK_END}\n\nBelow.`;
  expect(withBlock(body, line, 'NEW')).toBe('Above.\n\nNEW\n\nBelow.');
  expect(withBlock(`Above.\n\n${line}\nold`, line, 'NEW')).toBe('Above.\n\nNEW\nold');
  expect(withBlock('Theirs.', undefined, 'NEW')).toBe('Theirs.\n\nNEW');
});
