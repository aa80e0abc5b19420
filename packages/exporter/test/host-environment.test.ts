// biome-ignore-all lint/style/noExcessiveLinesPerFile: one program in every environment
/** Variables, directories, users, permissions and clocks: what a program may find or make of its surroundings. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { drain } from '@ephemetry/exporter';
import { assertTotals, type Ended, type ProgramOptions, runProgram } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';
import {
  ending,
  fixture,
  linesSaid,
  PROMPT_MS,
  type Scene,
  setScene,
  spoolFiles,
  verdicts,
} from './scene.ts';

const HOSTS = fixture('environment-hosts.ts');
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

function run(host: string, options: ProgramOptions): Promise<Ended> {
  return runProgram(HOSTS, { args: [host], ...options });
}

/** Only PATH and HOME: everything else comes later, as with dotenv. */
function runWithDotenv(variables: Readonly<Record<string, string>>, options: ProgramOptions): Promise<Ended> {
  const env = { ...options.env, DOTENV: JSON.stringify(variables) };
  return run('sets variables after start', { ...options, env });
}

describe.concurrent('variables', () => {
  test('those set after import decide, as with dotenv', async (context) => {
    const scene = await setScene(context);
    const resource = { OTEL_SERVICE_NAME: 'late', OTEL_RESOURCE_ATTRIBUTES: 'team=web' };

    const ended = await runWithDotenv({ ...scene.env, ...resource }, {});

    expect(linesSaid(ended)).toEqual([]);
    expect(scene.receiver.batches[0]?.resource).toMatchObject({ 'service.name': 'late', team: 'web' });
    await scene.expectCounted(1);
  });

  test('telemetry that is switched off after import leaves nothing', async (context) => {
    const scene = await setScene(context);

    const ended = await runWithDotenv({ OTEL_SDK_DISABLED: 'true' }, { env: scene.env });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(existsSync(scene.spoolDir)).toBe(false);
    await scene.expectCounted(0);
  });

  test.for([
    ['OTEL_SDK_DISABLED', 'true', ''],
    ['EPHEMETRY_DELIVERY', 'spool-only', 'send'],
  ] as const)('%s=%s that is taken back after import: delivered', async ([name, before, after], context) => {
    const early = { [name]: before };
    const late = { [name]: after };
    const scene = await setScene(context);

    const ended = await runWithDotenv(late, { env: { ...scene.env, ...early } });

    expect(verdicts(ended)).toMatchObject([{ delivered: 1, spooled: 0 }]);
    await scene.expectCounted(1);
  });

  test.for(['OTEL_SDK_DISABLED=true', 'OTEL_METRICS_EXPORTER=none'])(
    '%s: no directory, no thread, no listener, no word',
    async (variable, context) => {
      const scene = await setScene(context);
      const [name = '', value = ''] = variable.split('=');

      const ended = await run('looks for threads', { env: { ...scene.env, [name]: value } });

      expect(ended.marks).toEqual(['outcome {"kind":"disabled"}', 'threads 0, listeners 0']);
      expect(ended.stderr).toBe('');
      expect(existsSync(scene.spoolDir)).toBe(false);
      expect(scene.receiver.connections).toBe(0);
    },
  );

  test('switched on, there is one listener, and no thread in a program that soon ends by itself', async (context) => {
    const scene = await setScene(context);

    const marks: string[] = [];
    // A machine that is busy for longer than the delay of the thread is an exception.
    for (let i = 0; i < 3; i += 1) marks.push(...(await run('looks for threads', { env: scene.env })).marks);

    expect(marks.filter((mark) => mark.endsWith('listeners 1'))).toHaveLength(3);
    expect(marks).toContain('threads 0, listeners 1');
    await scene.expectCounted(3);
  });

  test.for([400, 503])(
    'credentials in the endpoint are neither said nor kept, when it answers %d',
    async (status, context) => {
      const scene = await setScene(context, { behaviour: { kind: 'status', status } });
      const url = scene.receiver.url.replace('//', '//ci:s3cret@');

      const ended = await run('measures and exits', {
        env: { ...scene.env, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url },
      });

      expect(linesSaid(ended)).toEqual([expect.stringContaining(`${scene.receiver.url} answered ${status}`)]);
      expect(scene.receiver.requests[0]?.headers['authorization']).toMatch(/^Basic /);
      const files = readdirSync(scene.spoolDir, { recursive: true, encoding: 'utf8' });
      const paths = files.map((name) => join(scene.spoolDir, name));
      const kept = paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, 'utf8'));
      expect(kept.length).toBeGreaterThan(1);
      expect([...kept, ...ended.marks, ended.stderr].join('')).not.toContain('s3cret');
    },
  );

  test('a timeout names the endpoint without credentials too', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'silent' }, budgetMs: 0 });
    const url = scene.receiver.url.replace('//', '//ci:s3cret@');

    const ended = await run('measures and exits', {
      env: { ...scene.env, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url },
    });

    expect(verdicts(ended)).toMatchObject([{ failure: { kind: 'timeout', endpoint: scene.receiver.url } }]);
    expect(ended.stderr).not.toContain('s3cret');
  });

  test('a child with the same environment is a run of its own', async (context) => {
    const scene = await setScene(context);
    const env = { ...scene.env, OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mine' };

    const ended = await run('starts a program with the same environment', { env });

    expect(ended.marks).toContain('child ended with 3');
    expect(new Set(scene.receiver.batches.map((batch) => batch.runId)).size).toBe(2);
    await scene.expectCounted(2);
  });
});

describe.concurrent('directories', () => {
  test('a relative spool is where the program was started, whatever chdir says', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });

    await run('changes its directory after start', { env: scene.env, cwd: scene.directory });

    expect(spoolFiles(scene.spoolDir)).toHaveLength(1);
    expect(existsSync(join(scene.directory, 'elsewhere', 'spool'))).toBe(false);
    await scene.expectCounted(1);
  });

  test('a current directory that is gone, where no thread can start: a natural end delivers without one', async (context) => {
    const scene = await setScene(context, { budgetMs: 30_000 });

    const ended = await run('loses its directory', { env: scene.env, cwd: scene.directory });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    expect(linesSaid(ended)).toEqual([]);
    expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
    await scene.expectCounted(1);
  });

  test('a relative spool in a directory that is gone: said, and delivered from memory', async (context) => {
    const scene = await setScene(context, { budgetMs: 30_000 });

    const ended = await run('loses its directory, with a relative spool', {
      env: scene.env,
      cwd: scene.directory,
    });

    expect(ending(ended)).toEqual({ code: 0, signal: null, survivors: [] });
    expect(ended.wallMs).toBeLessThan(PROMPT_MS);
    expect(linesSaid(ended)).toEqual([expect.stringContaining('the spool spool cannot be used')]);
    expect(verdicts(ended)).toMatchObject([{ delivered: 1, lost: 0 }]);
  });

  test.for(['/proc/self/fdinfo/none/spool', '/proc/1/none/spool', '/dev/null/spool'])(
    'no spool can be made at %s: sent from memory, and said',
    async (spoolDir, context) => {
      const scene = await setScene(context);

      const ended = await run('measures and exits', { env: { ...scene.env, EPHEMETRY_SPOOL_DIR: spoolDir } });

      expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
      expect(linesSaid(ended)).toEqual([expect.stringContaining(spoolDir)]);
      await scene.expectCounted(1);
    },
  );

  test('a home that cannot be written: the spool is in the temporary directory', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });
    const env = { ...scene.env, EPHEMETRY_SPOOL_DIR: '', TMPDIR: scene.directory };

    const ended = await run('measures and exits', { env, home: '/proc/self/none' });

    expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
    const spoolDir = join(scene.directory, `ephemetry-${process.getuid?.()}`, 'spool');
    expect(spoolFiles(spoolDir)).toHaveLength(1);
    expect(statSync(join(spoolDir, '..')).mode & 0o777).toBe(0o700);
    scene.receiver.behave({ kind: 'answer' });
    await drain({ spoolDir, endpoint: scene.receiver.url, env: {} });
    assertTotals(scene.receiver.totals(), expectedTotals(1));
  });
});

/** Makes the scene's directory one of the user that the host becomes. */
function giveAway(scene: Scene, path: string = scene.directory): void {
  if (isRoot) chownSync(path, NOBODY, NOBODY);
}

describe.concurrent('users and modes', () => {
  test.for(['0777', '0'])('umask %s: the owner can use the spool, nobody else', async (umask, context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });
    giveAway(scene);

    const ended = await run('measures as an unprivileged user', {
      env: { ...scene.env, UMASK: String(Number.parseInt(umask, 8)) },
    });

    expect(ended.marks[0]).toContain('"kind":"persisted"');
    expect(verdicts(ended)).toMatchObject([{ spooled: 1 }]);
    expect(statSync(scene.spoolDir).mode & 0o777).toBe(0o700);
    const files = readdirSync(scene.spoolDir);
    expect(files).toContain('last-verdict.json');
    for (const file of files) expect(statSync(join(scene.spoolDir, file)).mode & 0o777).toBe(0o600);
  });

  test('umask 0777: a rejected batch can be read by its owner, and by nobody else', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 400 } });
    giveAway(scene);

    await run('measures as an unprivileged user', { env: { ...scene.env, UMASK: String(0o777) } });

    const rejected = join(scene.spoolDir, 'rejected');
    expect(statSync(rejected).mode & 0o777).toBe(0o700);
    const [file = ''] = readdirSync(rejected);
    expect(statSync(join(rejected, file)).mode & 0o777).toBe(0o600);
  });

  test('a spool that its user may only read: sent from memory, and said', async (context) => {
    const scene = await setScene(context);
    mkdirSync(scene.spoolDir, { mode: 0o500 });
    giveAway(scene);
    giveAway(scene, scene.spoolDir);

    const ended = await run('measures as an unprivileged user', { env: { ...scene.env, UMASK: '18' } });

    expect(ended.marks[0]).toContain('"kind":"unspooled"');
    expect(linesSaid(ended)).toEqual([expect.stringMatching(/EACCES/)]);
    expect(ended.code).toBe(0);
    expect(readdirSync(scene.spoolDir)).toEqual([]);
    await scene.expectCounted(1);
  });

  test('a spool file that cannot be read when it is tried again: kept, and said', async (context) => {
    const scene = await setScene(context, { behaviour: { kind: 'status', status: 503 } });
    giveAway(scene);

    const ended = await run('makes its spool file unreadable', { env: scene.env });

    expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
    expect(verdicts(ended)).toMatchObject([{ spooled: 1, lost: 0, failure: { kind: 'spool' } }]);
    expect(linesSaid(ended)).toEqual([expect.stringMatching(/EACCES.*1 batch spooled/)]);
    const [file = ''] = spoolFiles(scene.spoolDir);
    if (isRoot)
      for (const path of [scene.directory, scene.spoolDir, join(scene.spoolDir, file)]) chownSync(path, 0, 0);
    chmodSync(join(scene.spoolDir, file), 0o600);
    await scene.expectCounted(1);
  });

  test.skipIf(!isRoot)('a spool of somebody else is not trusted (needs root)', async (context) => {
    const scene = await setScene(context);
    mkdirSync(scene.spoolDir);
    chownSync(scene.spoolDir, NOBODY, NOBODY);

    const ended = await run('measures and exits', { env: scene.env });

    expect(linesSaid(ended)).toEqual([expect.stringContaining(`belongs to user ${NOBODY}`)]);
    expect(readdirSync(scene.spoolDir)).toEqual([]);
    assertTotals(scene.receiver.totals(), expectedTotals(1));
  });

  test.for(['a file', 'a symbolic link', 'a dangling symbolic link'])(
    'a spool that is %s is not used',
    async (kind, context) => {
      const scene = await setScene(context);
      const target = join(scene.directory, 'target');
      if (kind === 'a file') writeFileSync(scene.spoolDir, '');
      else symlinkSync(target, scene.spoolDir);
      if (kind === 'a symbolic link') mkdirSync(target, { mode: 0o700 });

      const ended = await run('measures and exits', { env: scene.env });

      expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
      expect(linesSaid(ended)).toEqual([expect.stringMatching(/symbolic link|not a directory/)]);
      expect(existsSync(target) ? readdirSync(target) : []).toEqual([]);
      assertTotals(scene.receiver.totals(), expectedTotals(1));
    },
  );

  test('a spool that everybody may write to is not trusted', async (context) => {
    const scene = await setScene(context);
    mkdirSync(scene.spoolDir);
    chmodSync(scene.spoolDir, 0o777);

    const ended = await run('measures and exits', { env: scene.env });

    expect(linesSaid(ended)).toEqual([expect.stringContaining('other users can write to it')]);
    expect(readdirSync(scene.spoolDir)).toEqual([]);
    assertTotals(scene.receiver.totals(), expectedTotals(1));
  });
});

describe.concurrent('permissions of Node', () => {
  const ALLOWANCES: Readonly<Record<string, readonly string[]>> = {
    'no worker': ['--allow-fs-read=*', '--allow-fs-write=*'],
    'no writing': ['--allow-fs-read=*', '--allow-worker'],
    'neither worker nor writing': ['--allow-fs-read=*'],
    'neither worker nor writing, and hardly any reading': [
      `--allow-fs-read=${join(HOSTS, '../../../../..')}`,
    ],
    'worker and writing, and hardly any reading': [
      `--allow-fs-read=${join(HOSTS, '../../../../..')}`,
      '--allow-fs-read=/tmp',
      '--allow-fs-write=/tmp',
      '--allow-worker',
    ],
  };

  for (const [allowance, allowed] of Object.entries(ALLOWANCES)) {
    test(`--permission with ${allowance}: exit code kept, accounted for, said once`, async (context) => {
      const scene = await setScene(context);

      const ended = await run('measures and exits', {
        env: scene.env,
        execArgv: ['--permission', ...allowed],
      });

      expect(ending(ended)).toEqual({ code: 3, signal: null, survivors: [] });
      expect(ended.wallMs).toBeLessThan(PROMPT_MS);
      const [verdict, ...more] = verdicts(ended);
      expect(more).toEqual([]);
      const isSpooled = allowed.some((each) => each.startsWith('--allow-fs-write'));
      const isSent = allowed.includes('--allow-worker');
      expect(verdict).toMatchObject({
        delivered: isSent ? 1 : 0,
        spooled: isSpooled && !isSent ? 1 : 0,
        lost: isSpooled || isSent ? 0 : 1,
      });
      expect(linesSaid(ended).length).toBeGreaterThanOrEqual(isSpooled && isSent ? 0 : 1);
      await scene.expectCounted(isSpooled || isSent ? 1 : 0);
    });
  }
});

describe.concurrent('options of Node', () => {
  const hook = fixture('note-thread.cjs');

  test.for([`--require ${hook}`, `--import ${hook}`, `--require ${hook} --no-warnings`])(
    'NODE_OPTIONS="%s" runs its hook once, in the main thread',
    async (options, context) => {
      const scene = await setScene(context);

      const ended = await run('measures and exits', { env: { ...scene.env, NODE_OPTIONS: options } });

      expect(ended.marks.filter((mark) => mark.startsWith('hook'))).toEqual(['hook in the main thread']);
      expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
      await scene.expectCounted(1);
    },
  );

  test('a program given as a string with --input-type=module delivers', async (context) => {
    const scene = await setScene(context);
    const program = `
      import { createMeterProvider } from '@ephemetry/exporter';
      import { measure } from ${JSON.stringify(fixture('measure.ts'))};
      measure(createMeterProvider());
      process.exit(3);`;

    const ended = await runProgram(program, {
      execArgv: ['--input-type=module', '--eval'],
      env: scene.env,
      cwd: join(HOSTS, '..'),
    });

    expect({ ...ending(ended), stderr: ended.stderr }).toMatchObject({ code: 3, stderr: '' });
    expect(spoolFiles(scene.spoolDir)).toEqual([]);
    await scene.expectCounted(1);
  });
});

test('a clock that is set back makes no interval that ends before it starts', async (context) => {
  const scene = await setScene(context);

  await run('sets its clock back', { env: scene.env });

  expect(scene.receiver.malformed).toEqual([]);
  expect(scene.receiver.batches).toHaveLength(3);
  await scene.expectCounted(3);
});

test('the last verdict is there for whoever asks', async (context) => {
  const scene = await setScene(context);

  await run('measures and exits', { env: scene.env });

  const kept = JSON.parse(readFileSync(join(scene.spoolDir, 'last-verdict.json'), 'utf8'));
  expect(kept).toMatchObject({ delivered: 1, run_id: scene.receiver.batches[0]?.runId });
});
