import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Ended,
  type ProgramOptions,
  runUnshared,
  temporaryDirectory,
  unsharedUnavailable,
} from '@ephemetry/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { historyLines, merges } from '../fixtures/merge-history.ts';
import { MAIN, PREPARED_PGLITE, runCommand } from '../fixtures/run-command.ts';

const KILL_AT_CALL = fileURLToPath(new URL('../fixtures/kill-at-call.ts', import.meta.url));
const noNamespaces = unsharedUnavailable();

/** A history of 60 merges in a file, and a place for a database. */
class Import {
  readonly directory: string;
  readonly file: string;
  readonly database: string;
  readonly remove: () => void;

  constructor(database = 'database') {
    const directory = temporaryDirectory();
    this.remove = directory.remove;
    this.directory = realpathSync(directory.path);
    this.file = join(this.directory, 'history.jsonl');
    this.database = join(this.directory, database);
    writeFileSync(this.file, historyLines(merges(60)));
  }

  run(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.#import({ env, execArgv: ['--import', KILL_AT_CALL] });
  }

  /** Where nobody kills it: PGlite finds most of its files made. */
  runPrepared(): Promise<Ended> {
    return this.#import({ execArgv: PREPARED_PGLITE });
  }

  #import(options: Pick<ProgramOptions, 'env' | 'execArgv'>): Promise<Ended> {
    const args = ['merges', 'import', this.file, '--database', this.database];
    return runCommand(args, { ...options, timeoutMs: 120_000 });
  }

  /** What lies beside the file and the database. */
  leftovers(): readonly string[] {
    return readdirSync(dirname(this.database)).filter(
      (name) => !['history.jsonl', 'database', 'place'].includes(name),
    );
  }
}

/** What is in a directory: names, sizes and times; of directories only the names. */
function listing(directory: string): string {
  const shown = ['(', '-type', 'd', '-printf', '%p\n', ')', '-o', '-printf', '%p %s %T@\n'];
  return execFileSync('find', [directory, ...shown], { encoding: 'utf8' });
}

const ALL_IMPORTED = {
  code: 0,
  stdout: '60 merges imported, 0 known already, 0 refused; 1 threshold crossing\n',
  stderr: expect.stringMatching(/^(there is no database in \S+ yet; making one\n)?$/),
};

const LONG_HISTORY = historyLines(merges(12_000));

/** At which change of the file system the import of a long history puts the database in its place, and how many it makes. */
const changes = { renamed: 0, all: 0 };

beforeAll(async () => {
  const whole = new Import();
  try {
    writeFileSync(whole.file, LONG_HISTORY);
    const { marks } = await whole.run({ NOTE_RENAME_TO: whole.database });
    const of = (name: string): number =>
      Number(marks.find((mark) => mark.startsWith(`${name} `))?.slice(name.length));
    changes.renamed = of('renamed');
    changes.all = of('changes');
  } finally {
    whole.remove();
  }
});

describe.concurrent('the first import, killed', { timeout: 600_000 }, () => {
  it('before the database is in its place can simply be repeated, and leaves nothing of its own', async ({
    onTestFinished,
  }) => {
    const first = new Import();
    onTestFinished(first.remove);
    const { renamed } = changes;
    expect(renamed).toBeGreaterThan(1_000);
    // PGlite copies files, fills its catalogue, starts for the first time; then the orchestrator's tables are made.
    const moments = [0.05, 0.5, 0.97].map((share) => ({ KILL_AT_CALL: String(Math.floor(renamed * share)) }));
    for (const moment of [...moments, { KILL_AT_RENAME_TO: first.database }]) {
      const at = JSON.stringify(moment);
      expect(await first.run(moment), at).toMatchObject({ signal: 'SIGKILL', stdout: '' });
      expect(existsSync(first.database), at).toBe(false);
      expect(first.leftovers(), at).toHaveLength(1);
    }
    const [own = ''] = first.leftovers();
    const prefix = own.split('-').slice(0, 3).join('-');
    const kept = [
      `${prefix}-00000000-elsewh`,
      '.ephemetry-making-00000000-00000000-others',
      '.ephemetry-making-mine',
    ];
    const old = `${prefix}-00000000-forgot`;
    for (const name of [...kept, old]) mkdirSync(join(first.directory, name));
    utimesSync(join(first.directory, old), 1, 1);
    writeFileSync(join(first.directory, `${prefix}-00000000-file`), '');
    expect(await first.run()).toMatchObject(ALL_IMPORTED);
    expect(first.leftovers().toSorted()).toEqual([...kept, `${prefix}-00000000-file`].toSorted());
  });

  it('right after the database is in its place has made the tables: every command works', async ({
    onTestFinished,
  }) => {
    const first = new Import();
    onTestFinished(first.remove);
    const env = { KILL_AT_CALL: String(changes.renamed + 1) };
    expect(await first.run(env)).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    const shown = await runCommand(['merges', '--database', first.database]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('merges       none yet');
    expect(await first.run()).toMatchObject(ALL_IMPORTED);
    expect(first.leftovers()).toEqual([]);
  });
});

describe.concurrent('the place of an import', { timeout: 600_000 }, () => {
  it.skipIf(process.platform !== 'linux')(
    'takes one of two first imports at once',
    async ({ onTestFinished }) => {
      const first = new Import();
      onTestFinished(first.remove);
      const ended = await Promise.all([first.runPrepared(), first.runPrepared()]);
      const [refused, done] = ended.toSorted((left, right) => (right.code ?? 0) - (left.code ?? 0));
      expect(done).toMatchObject(ALL_IMPORTED);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused?.stderr).toMatch(/^\S+\/database is in use: another program/m);
      expect(first.leftovers()).toEqual([]);
    },
  );

  it('may be an empty directory, a link to one, or missing with all that is above it', async ({
    onTestFinished,
  }) => {
    const first = new Import();
    onTestFinished(first.remove);
    mkdirSync(join(first.directory, 'place', 'empty'), { recursive: true });
    symlinkSync(join(first.directory, 'place', 'empty'), first.database);
    expect(await first.runPrepared()).toMatchObject(ALL_IMPORTED);
    expect(existsSync(join(first.directory, 'place', 'empty', 'PG_VERSION'))).toBe(true);
    const deep = new Import('above/it/database');
    onTestFinished(deep.remove);
    expect(await deep.runPrepared()).toMatchObject(ALL_IMPORTED);
    expect(first.leftovers()).toEqual([]);
  });

  it.for<[string, (place: Import) => void, RegExp]>([
    [
      'a file',
      ({ database }) => writeFileSync(database, ''),
      /^\S+\/database is not a directory\. Name a directory for the database\. \(database /,
    ],
    [
      'a pipe',
      ({ database }) => void execFileSync('mkfifo', [database]),
      /^\S+\/database is not a directory\./,
    ],
    [
      'a link to nowhere',
      ({ database }) => symlinkSync('nowhere', database),
      /^\S+\/database is a link to \S+\/nowhere, which is not there\. Make that directory\. /,
    ],
    [
      'half a database, which an interrupted making of an earlier version left',
      ({ database }) => mkdirSync(join(database, 'base'), { recursive: true }),
      /holds other files than a whole PGlite database\. Name another directory, or empty this one\. /,
    ],
    [
      'the directory of a PostgreSQL server',
      ({ database }) => {
        mkdirSync(database);
        writeFileSync(join(database, 'PG_VERSION'), '18\n');
        writeFileSync(join(database, 'postmaster.pid'), '4711\n/var/lib/postgresql\n');
      },
      /belongs to a PostgreSQL server \(process 4711\)\. Name the server instead: postgres:/,
    ],
    [
      'a directory of another version',
      ({ database }) => {
        mkdirSync(database);
        writeFileSync(join(database, 'PG_VERSION'), '9.6\n');
      },
      /cannot be opened by PGlite; its files are of PostgreSQL 9\.6 \(/,
    ],
  ])(
    'that is %s is refused by its name, and stays as it is',
    async ([, spoil, reason], { onTestFinished }) => {
      const place = new Import();
      onTestFinished(place.remove);
      spoil(place);
      const before = listing(place.directory);
      const ended = await place.runPrepared();
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(reason);
      expect(ended.stderr.split('\n')).toHaveLength(2);
      expect(listing(place.directory)).toBe(before);
    },
  );

  it.skipIf(noNamespaces !== undefined)(
    `that is a mount of another file system is refused, with a place that can be used${noNamespaces === undefined ? '' : ` (${noNamespaces})`}`,
    async ({ onTestFinished }) => {
      const place = new Import();
      onTestFinished(place.remove);
      const volume = temporaryDirectory();
      onTestFinished(volume.remove);
      mkdirSync(place.database);
      const options = {
        args: ['merges', 'import', place.file, '--database', place.database],
        execArgv: PREPARED_PGLITE,
        mounts: { [place.database]: volume.path },
        timeoutMs: 120_000,
      };
      const ended = await runUnshared(MAIN, options);
      expect(ended).toMatchObject({ kind: 'ended', code: 1, stdout: '' });
      expect(ended.kind === 'ended' ? ended.stderr : '').toMatch(
        /database is a mount point, .*Name a directory in it, such as \S+\/database\/merges\./,
      );
      expect(place.leftovers()).toEqual([]);
      expect(readdirSync(volume.path)).toEqual([]);
    },
  );
});

describe.concurrent('an import of a long file, killed in the middle', { timeout: 600_000 }, () => {
  it('leaves whole batches of lines, and adds the others when it is repeated', async ({ onTestFinished }) => {
    const { renamed, all } = changes;
    const place = new Import();
    onTestFinished(place.remove);
    writeFileSync(place.file, LONG_HISTORY);
    const env = { KILL_AT_CALL: String(Math.floor((renamed + all) / 2)) };
    expect(await place.run(env)).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    const shown = await runCommand(['merges', '--json', '--database', place.database]);
    const { merges: counted } = JSON.parse(shown.stdout);
    expect([0, 5_000, 10_000, 12_000]).toContain(counted);
    const repeated = await place.run();
    expect(repeated).toMatchObject({ code: 0, stderr: '' });
    expect(repeated.stdout).toContain(
      `${12_000 - counted} merges imported, ${counted} known already, 0 refused`,
    );
  });
});
