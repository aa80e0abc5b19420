import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from './output.ts';

/** Streams whose text is kept, on a terminal or not. */
function streams(isTTY: boolean) {
  const open = () => Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 24 });
  const [stdout, stderr] = [open(), open()];
  const output = createOutput({ stdout, stderr }, {});
  return { output, read: () => [stdout.read()?.toString() ?? '', stderr.read()?.toString() ?? ''] };
}

/** What senders, files and databases may hold. */
const HOSTILE = [
  ['a title', '\u001b]0;pwned\u0007'],
  ['a colour', '\u001b[31mred'],
  ['C1 instead of ESC', '\u009b31mred\u009d0;pwned\u009c'],
  ['a carriage return', 'all is well\rnot'],
  ['a line of its own', 'x\nlistening on http://elsewhere'],
  ['another separator', 'x\u2028y\u2029z\u0085'],
  ['another order', 'a\u202egnp.exe\u2066b\u2069\u200f'],
  ['a bell and a backspace', '\u0007\b\u007f'],
] as const;

describe('whatever is shown', () => {
  it.each(HOSTILE)('%s does not reach the terminal', (_name, text) => {
    const { output, read } = streams(true);
    output.print(`field ${text}\n`);
    output.printLines([text, text]);
    output.printError(`field ${text}\n`);
    const [stdout = '', stderr = ''] = read();
    for (const shown of [stdout, stderr])
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200f]/u);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it.each(HOSTILE)('%s is drawn safely, beside the only sequences that are our own', (_name, text) => {
    const { output, read } = streams(true);
    output.draw(2, [text, text]);
    const [stdout = ''] = read();
    const own = ['\u001b[2A\r\u001b[J\u001b[2m', '\u001b[0m\n', '\n'];
    expect(own.every((sequence) => stdout.includes(sequence))).toBe(true);
    const rest = own.reduce((text, sequence) => text.replace(sequence, ''), stdout);
    expect(rest).not.toMatch(/\p{Cc}/u);
  });

  it('a document for a program is written as it is', () => {
    const { output, read } = streams(false);
    output.printDocument(`${JSON.stringify({ text: '\u009b\u202e\n' })}\n`);
    expect(read()[0]).toBe('{"text":"\u009b\u202e\\n"}\n');
  });

  it('letters of any language stay', () => {
    const { output, read } = streams(true);
    output.print('… größer 漢字 🙂 עברית\n');
    expect(read()[0]).toBe('… größer 漢字 🙂 עברית\n');
  });
});
