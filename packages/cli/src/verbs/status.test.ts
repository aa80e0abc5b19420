import { chmodSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';
import { spoolBatches } from '../fixtures/spool-batches.ts';

const TEMPORARY_SPOOL = `tmp/ephemetry-${process.getuid?.() ?? 'user'}/spool`;

describe.concurrent('ephemetry status', () => {
  it('exits with 0 when nothing waits, and tells where the spool would be', async () => {
    using directory = temporaryDirectory();
    // A spool in the machine's temporary directory would be found instead.
    const env = { TMPDIR: directory.path };
    const ended = await runCommand('status', { home: directory.path, env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      new RegExp(`^spool +${directory.path}/.local/state/ephemetry/spool \\(not there yet`),
    );
    expect(ended.stdout).toContain('the default, in the home directory');
    expect(ended.stdout).toMatch(/waiting +nothing\n/);
  });

  it('exits with 3 when batches wait, and lists their files', async () => {
    using directory = temporaryDirectory();
    await spoolBatches(directory.path, [1, 2]);
    const ended = await runCommand('status', { env: { EPHEMETRY_SPOOL_DIR: directory.path } });
    expect(ended).toMatchObject({ code: 3, stderr: '' });
    expect(ended.stdout).toContain('named by EPHEMETRY_SPOOL_DIR');
    expect(ended.stdout).toMatch(
      /waiting +2 batches, [0-9]+ bytes, the oldest file written [0-9]+ seconds? ago\n/,
    );
    expect(ended.stdout).toMatch(
      /last run +0 delivered, 2 spooled, 0 rejected, 0 lost, [0-9]+ seconds? ago .*delivery is spool-only\n/,
    );
    expect(ended.stdout).toMatch(
      /\nRUN +OWNER +BATCHES +BYTES +LAST WRITTEN\n[0-9a-f-]{36} +ended +2 +[0-9]+ +[0-9]+ seconds? ago\n$/,
    );
  });

  const inHome = ['home/.local/state/ephemetry/spool', 'the default, in the home directory'] as const;
  it.each([
    ['a blank EPHEMETRY_SPOOL_DIR', [], { EPHEMETRY_SPOOL_DIR: ' ' }, ...inHome],
    ['an empty XDG_STATE_HOME', [], { XDG_STATE_HOME: '' }, ...inHome],
    ['a relative XDG_STATE_HOME', [], { XDG_STATE_HOME: 'state' }, ...inHome],
    [
      'an absolute XDG_STATE_HOME',
      [],
      { XDG_STATE_HOME: '<root>/state' },
      'state/ephemetry/spool',
      'the default, in XDG_STATE_HOME',
    ],
    [
      'nothing but a temporary directory, which lies in XDG_STATE_HOME',
      [],
      { XDG_STATE_HOME: '<root>', TMPDIR: '<root>/tmp' },
      TEMPORARY_SPOOL,
      'in the temporary directory, because no state directory can be used',
    ],
  ])('says why the spool is where it is: %s', async (_name, args, variables, below, why) => {
    using directory = temporaryDirectory();
    const root = directory.path;
    mkdirSync(join(root, TEMPORARY_SPOOL), { recursive: true });
    const env = Object.fromEntries(
      Object.entries({ TMPDIR: '<root>/none', ...variables }).map(([name, value]) => [
        name,
        value.replace('<root>', root),
      ]),
    );
    const options = { home: join(root, 'home'), env, cwd: root };
    const { code, stdout } = await runCommand(['status', '--json', ...args], options);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({
        directory: join(root, below),
        place: `${why}; EPHEMETRY_SPOOL_DIR names another`,
      }),
    ]);
  });

  it('says why a spool cannot be used, and looks at nothing in it', async () => {
    using directory = temporaryDirectory();
    await spoolBatches(directory.path, [1]);
    chmodSync(directory.path, 0o777);
    const ended = await runCommand(['status', '--spool-dir', directory.path]);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toMatch(
      /cannot be used \(other users can write to it; set --spool-dir to a folder inside it/,
    );
    expect(ended.stdout).toMatch(/waiting +unknown\nrejected +unknown\n$/);
  });

  it.each([
    ['--spool-dir', 'EPHEMETRY_SPOOL_DIR'],
    ['EPHEMETRY_SPOOL_DIR', '--spool-dir'],
  ])('advises %s, which named the spool', async (given, other) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'file');
    writeFileSync(path, 'x');
    const isOption = given === '--spool-dir';
    const ended = await runCommand(['status', ...(isOption ? [given, path] : [])], {
      env: isOption ? {} : { [given]: path },
    });
    expect(ended.stdout).toMatch(new RegExp(`cannot be used \\(.*${given}`));
    expect(ended.stdout).not.toContain(other);
  });

  it.each(['here', 'the environment'])(
    'invents no counts of a spool that is a file, named %s',
    async (from) => {
      using directory = temporaryDirectory();
      const path = join(directory.path, 'file');
      writeFileSync(path, 'x');
      const args = from === 'here' ? ['--spool-dir', path] : [];
      const env = from === 'here' ? {} : { EPHEMETRY_SPOOL_DIR: path };
      const { code, stdout } = await runCommand(['status', '--json', ...args], { env });
      expect(code).toBe(1);
      expect(jsonLines(stdout)).toEqual([
        expect.objectContaining({
          batches: null,
          in_doubt: null,
          bytes: null,
          rejected: null,
          is_count_complete: false,
          failure: expect.objectContaining({ kind: 'spool', path }),
        }),
      ]);
    },
  );

  it('looks at a file that says it has terabytes without reading them', async () => {
    using directory = temporaryDirectory();
    await spoolBatches(directory.path, [1, 2]);
    const [name = ''] = readdirSync(directory.path).filter((entry) => entry.endsWith('.jsonl'));
    truncateSync(join(directory.path, name), 2 ** 42);
    const ended = await runCommand(['status', '--spool-dir', directory.path]);
    expect(ended).toMatchObject({ code: 3, signal: null });
    expect(ended.stdout).toMatch(/waiting +at least 2 batches, 43980465\d+ bytes/);
  });

  it('--json holds the same', async () => {
    using directory = temporaryDirectory();
    await spoolBatches(directory.path, [1]);
    const ended = await runCommand(['status', '--json', '--spool-dir', directory.path]);
    expect(ended.code).toBe(3);
    expect(jsonLines(ended.stdout)).toEqual([
      expect.objectContaining({
        directory: directory.path,
        exists: true,
        batches: 1,
        place: 'named by --spool-dir',
        files: [expect.objectContaining({ owner: 'ended', batches: 1 })],
      }),
    ]);
  });
});
