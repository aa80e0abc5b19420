import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the example in the README prints what it says it prints', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  // console.log(…); // what it prints
  const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, output]) => output);
  const args = ['--input-type=module-typescript', '--eval', example];
  const printed = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(promised).toHaveLength(5);
  expect(withoutLayout(printed)).toBe(withoutLayout(promised.join('\n')));
});

/** The console breaks long objects over several lines; a comment does not. */
function withoutLayout(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
