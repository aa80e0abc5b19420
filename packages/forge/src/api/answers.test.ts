/** What a forge sends, as it is kept. */
import { expect, test } from 'vitest';
import { parseRun } from './answers.ts';

test.each([
  ['of a path and a reference', '.gitea/workflows/ci.yaml@refs/heads/a@b', 'ci.yaml'],
  ['that PostgreSQL cannot keep', 'ci\0.yaml@refs/heads/main', ''],
  ['that is longer than a file can be called', 'x'.repeat(256), ''],
])('the name of a workflow %s', (_name, path, workflow) => {
  expect(parseRun({ id: 1, status: 'queued', path }).workflow).toBe(workflow);
});
