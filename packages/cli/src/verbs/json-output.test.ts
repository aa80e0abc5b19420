import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, it } from 'vitest';
import { holdToSchema } from '../fixtures/held-to-schema.ts';
import { historyLines, merges } from '../fixtures/merge-history.ts';
import { jsonLines, PREPARED_PGLITE, runCommand } from '../fixtures/run-command.ts';
import { VERBS } from '../generated/verbs.ts';

const STATUS = {
  directory: '/spool',
  exists: true,
  place: 'named by --spool-dir',
  files: [],
  batches: 0,
  in_doubt: 0,
  is_count_complete: true,
  bytes: 0,
  rejected: 0,
  newer_files: 0,
};

it.each([
  ['a name in camelCase', { ...STATUS, inDoubt: 0 }, /must NOT have additional properties/],
  ['a name that is missing', { ...STATUS, batches: undefined }, /must have required property 'batches'/],
  ['another type', { ...STATUS, bytes: '0' }, /bytes must be integer/],
])('output with %s is not as the schema says', (_what, line, message) => {
  holdToSchema(['status'], `${JSON.stringify(STATUS)}\n`);
  expect(() => holdToSchema(['status'], `${JSON.stringify(line)}\n`)).toThrow(message);
});

// What the other verbs print is held to their schemas by `runCommand`, wherever their own tests say --json.
it('merges import and rebuild print what their schemas say', async () => {
  using directory = temporaryDirectory();
  const [file, database] = [join(directory.path, 'history.jsonl'), join(directory.path, 'database')];
  writeFileSync(file, `${historyLines(merges(2))}nonsense\n`);
  const imported = await runCommand(['merges', 'import', file, '--database', database, '--json'], {
    execArgv: PREPARED_PGLITE,
  });
  expect(jsonLines(imported.stdout)).toMatchObject([{ imported: 2, refused: [{ line: 3 }] }]);
  const rebuilt = await runCommand(['merges', 'rebuild', '--database', database, '--json']);
  expect(jsonLines(rebuilt.stdout)).toMatchObject([{ merges_so_far: 2, is_held_back: false }]);
});

it.each(VERBS)('$name says on its page what its JSON holds, or has none', async ({ name, load }) => {
  const page = readFileSync(new URL('../../../../docs/reference/command.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split(`\n## ${name}\n`);
  const link = `(json/${name.replaceAll(' ', '-')}.schema.json)`;
  const { json } = await load();
  expect(section.split('\n## ')[0]?.includes(link)).toBe(json !== undefined);
});
