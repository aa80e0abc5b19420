/** The command lines that help and the reference page show: each names a verb, and options that it takes. */
import { expect, test } from 'vitest';
import { findVerb } from '../command-line/find-verb.ts';
import { readArguments } from '../command-line/read-arguments.ts';
import { VERBS } from '../generated/verbs.ts';

const loaded = await Promise.all(VERBS.map(({ load }) => load()));
const lines = loaded.flatMap(({ examples }) => examples);

test('every verb shows at least one', () => {
  expect(loaded.filter(({ examples }) => examples.length === 0)).toEqual([]);
});

test.each(lines.filter((line) => line.startsWith('ephemetry ')))('%s', async (line) => {
  for (const command of line.split(/ \|\|? /).filter((part) => part.startsWith('ephemetry '))) {
    const named = findVerb(wordsOf(command).slice(1), VERBS);
    expect(named.kind).toBe('verb');
    if (named.kind !== 'verb') continue;
    expect(readArguments(await named.listed.load(), named.rest)).toBeTypeOf('function');
  }
});

/** As a shell tells them apart, as far as examples need one. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}
