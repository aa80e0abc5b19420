/** Files that somebody else wrote, shown by the real command. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';

const TITLE = '\u001b]0;pwned\u0007';

function expectSafe({ stdout, stderr }: Ended): void {
  expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(`${stdout}${stderr}`).toContain('pwned');
}

describe.concurrent('an escape sequence does not reach the terminal', () => {
  it('of the name of a perf file that is not JSON', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, TITLE.replaceAll('/', '_'));
    writeFileSync(file, 'nonsense');
    expectSafe(await runCommand(['fab', 'import', file]));
  });

  it('of a role that has gone', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'perf.json');
    const options = { env: { HOME: directory.path, EPHEMETRY_DELIVERY: 'spool-only' } };
    const role = { sessions: 1, turns: 1, inputTokens: 1, outputTokens: 1, costUsd: 0 };
    for (const roles of [{ [`a${TITLE}`]: role, b: role }, { b: role }]) {
      writeFileSync(file, JSON.stringify({ roles, ...roles }));
      const ended = await runCommand(['fab', 'import', file], options);
      expect(`${ended.stdout}${ended.stderr}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });

  it('of a spool with a strange name', async () => {
    using directory = temporaryDirectory();
    const spool = join(directory.path, `spool${TITLE}`);
    mkdirSync(spool, { mode: 0o700 });
    expectSafe(await runCommand(['status', '--spool-dir', spool]));
  });

  it('of an option that nobody knows', async () => {
    expectSafe(await runCommand(['status', `--${TITLE}`]));
  });

  it('of a merge event that is left out', async () => {
    using directory = temporaryDirectory();
    const [file, database] = [join(directory.path, 'history.jsonl'), join(directory.path, 'merges')];
    const merge = { work_item_id: `w${TITLE}`, project: 'p', attempts: 1, merged_at: '2026-01-31T12:00:00Z' };
    const later = { ...merge, merged_at: '2099-01-31T12:00:00Z', work_item_id: `x${TITLE}` };
    writeFileSync(
      file,
      `${JSON.stringify(merge)}\n${JSON.stringify(later)}\n{"project":"${'\\u001b'}]0;pwned"}\n`,
    );
    const imported = await runCommand(['merges', 'import', file, '--database', database]);
    expect(`${imported.stdout}${imported.stderr}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expectSafe(await runCommand(['merges', '--database', database]));
  });
});
