/** The examples of the packages' pages print what the comments behind them say. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

test.each([
  ['contract', 3],
  ['merge-analyzer', 1],
  ['statistics', 5],
  ['run-telemetry', 1],
])('%s: its first example prints %i things', (name, count) => {
  const directory = join(ROOT, 'packages', name);
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(directory, 'README.md'), 'utf8')) ?? [];
  // console.log(…); // what it prints
  const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, output]) => output);
  const args = ['--input-type=module-typescript', '--eval', example];
  const printed = execFileSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  expect(promised).toHaveLength(count);
  expect(withoutLayout(printed)).toBe(withoutLayout(promised.join('\n')));
});

/** The console breaks long objects over several lines; a comment does not. */
function withoutLayout(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
