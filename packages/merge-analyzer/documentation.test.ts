import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the example in the README prints what it says it prints', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const promised = /console\.log\(.*\); \/\/ (.*)/.exec(example)?.[1] ?? 'nothing was promised';
  const args = ['--input-type=module-typescript', '--eval', example];
  const printed = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(printed.replace(/\s+/g, ' ').trim()).toBe(promised);
});
