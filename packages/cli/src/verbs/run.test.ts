import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startReceiver, temporaryDirectory, waitFor } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rememberName } from '../configuration/remembered-names.ts';
import { MAIN, runCommand } from '../fixtures/run-command.ts';

const NOWHERE = 'http://127.0.0.1:1/v1/metrics';
/** A busy machine is no reason to leave anything for later. */
const PATIENT = { EPHEMETRY_EXIT_BUDGET_MS: '20000' };
const KILL_AT_CALL = fileURLToPath(new URL('../fixtures/kill-at-call.ts', import.meta.url));

function makeDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return directory.path;
}

function runsOf(totals: {
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
}): number {
  return Object.values(totals.counters['command_runs_total'] ?? {}).reduce((sum, value) => sum + value, 0);
}

/** What a spool delivers now. */
async function drained(spool: string): Promise<Awaited<ReturnType<typeof startReceiver>>> {
  const receiver = await startReceiver();
  await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
  return receiver;
}

describe('ephemetry run', () => {
  it('measures a command and delivers before it ends, with streams and exit code as without it', async () => {
    await using receiver = await startReceiver();
    const spool = join(makeDirectory(), 'spool');
    const script = 'cat; echo err >&2; exit 7';
    const ended = await runCommand(
      ['run', '--spool-dir', spool, '--endpoint', receiver.url, '--name', 'job', '--', 'sh', '-c', script],
      { stdin: 'given\n', env: PATIENT },
    );
    expect(ended).toMatchObject({ code: 7, stdout: 'given\n', stderr: 'err\n' });
    const totals = receiver.totals();
    expect(totals.counters['command_runs_total']).toEqual({ 'command=job,outcome=failure': 1 });
    expect(totals.histograms['command_duration_seconds']?.['command=job']).toMatchObject({ count: 1 });
    expect(totals.gauges['command_last_exit_code']).toEqual({ 'command=job': 7 });
    expect(readdirSync(spool).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
  });

  it('counts the processor time of the command alone, also where a shell became the wrapper', async () => {
    const spool = join(makeDirectory(), 'spool');
    const busy = 'i=0; while [ $i -lt 500000 ]; do i=$((i+1)); done';
    const run = `"${process.execPath}" "${MAIN}" run --spool-dir "${spool}" --spool-only`;
    const line = `(${busy}); exec ${run} --name idle -- true`;
    for (const script of [`${run} --name busy -- sh -c '${busy}'`, line])
      expect(await once(spawn('sh', ['-c', script], { stdio: 'ignore' }), 'exit')).toEqual([0, null]);
    await using receiver = await drained(spool);
    const cpu = receiver.totals().counters['command_cpu_seconds_total'] ?? {};
    const user = (name: string): number => cpu[`command=${name},mode=user`] ?? 0;
    expect(user('busy')).toBeGreaterThan(0);
    expect(user('idle')).toBeLessThan(user('busy') / 2);
  });

  it('names a command by its file, never by its arguments', async () => {
    await using receiver = await startReceiver();
    const spool = join(makeDirectory(), 'spool');
    await runCommand(
      ['run', '--spool-dir', spool, '--endpoint', receiver.url, '--', '/bin/echo', '--token=secret'],
      { env: PATIENT },
    );
    expect(receiver.totals().counters['command_runs_total']).toEqual({ 'command=echo,outcome=success': 1 });
    expect(JSON.stringify(receiver.requests.map(({ body }) => String(body)))).not.toContain('secret');
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGUSR1', 'SIGPIPE'] as const)(
    'dies of %s when the command did',
    async (signal) => {
      const spool = join(makeDirectory(), 'spool');
      const ended = await runCommand([
        'run',
        '--spool-dir',
        spool,
        '--spool-only',
        '--',
        'sh',
        '-c',
        `kill -${signal.slice(3)} $$`,
      ]);
      expect(ended).toMatchObject({ code: null, signal });
      await using receiver = await drained(spool);
      expect(receiver.totals().counters['command_runs_total']).toEqual({ 'command=sh,outcome=signal': 1 });
    },
  );

  it('exits with 127 for a command that is not there, 126 for one that cannot be executed, and counts both', async () => {
    const directory = makeDirectory();
    const spool = join(directory, 'spool');
    writeFileSync(join(directory, 'data'), '');
    chmodSync(join(directory, 'data'), 0o600);
    const run = ['run', '--spool-dir', spool, '--spool-only', '--'];
    expect(await runCommand([...run, 'no-such-command'])).toMatchObject({
      code: 127,
      stdout: '',
      stderr: 'ephemetry: no-such-command: command not found\n',
    });
    expect(await runCommand([...run, join(directory, 'data')])).toMatchObject({ code: 126, stdout: '' });
    await using receiver = await drained(spool);
    expect(receiver.totals().counters['command_runs_total']).toEqual({
      'command=data,outcome=not_started': 1,
      'command=no-such-command,outcome=not_started': 1,
    });
  });

  it.each([
    [['run'], '<command> is missing'],
    [['run', '--'], '<command> is missing'],
    [['run', '--nmae', 'x', '--', 'touch', 'started'], 'did you mean --name?'],
    [['run', '--name', 'a b', '--', 'touch', 'started'], 'allowed: 1 to 64 letters'],
    [['run', '--name', 'x'.repeat(65), '--', 'touch', 'started'], 'allowed: 1 to 64 letters'],
    [['run', '--name'], 'needs a value'],
  ])('exits with 125 for %j and starts nothing', async (args, message) => {
    const cwd = makeDirectory();
    const ended = await runCommand(args, { cwd });
    expect(ended).toMatchObject({ code: 125, stdout: '' });
    expect(ended.stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('leaves what looks like its own options to the command, with and without --', async () => {
    const spool = join(makeDirectory(), 'spool');
    const own = ['run', '--spool-dir', spool, '--spool-only'];
    const words = ['echo', '--name', 'x', '--', '--help', ''];
    expect((await runCommand([...own, '--', ...words])).stdout).toBe('--name x -- --help \n');
    expect((await runCommand([...own, ...words])).stdout).toBe('--name x -- --help \n');
  });

  it('runs the command when the spool cannot be used, and says it once', async () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, 'file'), '');
    const ended = await runCommand([
      'run',
      '--spool-dir',
      join(directory, 'file'),
      '--endpoint',
      NOWHERE,
      '--',
      'sh',
      '-c',
      'echo out; exit 3',
    ]);
    expect(ended).toMatchObject({ code: 3, stdout: 'out\n' });
    expect(ended.stderr).toMatch(/cannot be used/);
  });

  it('is silent where telemetry is off', async () => {
    const spool = join(makeDirectory(), 'spool');
    const env = { OTEL_SDK_DISABLED: 'true' };
    const ended = await runCommand(['run', '--spool-dir', spool, '--', 'sh', '-c', 'exit 4'], { env });
    expect(ended).toMatchObject({ code: 4, stdout: '', stderr: '' });
    expect(existsSync(join(spool, 'last-verdict.json'))).toBe(false);
  });

  it('exits with 75 for --require-delivery when the command succeeded and nobody took the batches', async () => {
    const spool = join(makeDirectory(), 'spool');
    const own = ['run', '--spool-dir', spool, '--endpoint', NOWHERE, '--require-delivery', '--'];
    expect(await runCommand([...own, 'true'])).toMatchObject({ code: 75, stdout: '' });
    expect(await runCommand([...own, 'sh', '-c', 'exit 9'])).toMatchObject({ code: 9 });
    expect(
      await runCommand(['run', '--spool-dir', spool, '--endpoint', NOWHERE, '--', 'true']),
    ).toMatchObject({ code: 0 });
  });

  it('remembers 64 names; the next one is unknown and counted', async () => {
    const spool = join(makeDirectory(), 'spool');
    await runCommand(['run', '--spool-dir', spool, '--spool-only', '--name', 'first', '--', 'true']);
    for (let n = 0; n < 63; n += 1) rememberName('command', `n${n}`, join(spool, 'names'));
    for (const name of ['one-more', 'n62', 'first'])
      await runCommand(['run', '--spool-dir', spool, '--spool-only', '--name', name, '--', 'true']);
    await using receiver = await drained(spool);
    const { counters } = receiver.totals();
    expect(counters['command_runs_total']).toEqual({
      'command=first,outcome=success': 2,
      'command=n62,outcome=success': 1,
      'command=unknown,outcome=success': 1,
    });
    expect(counters['command_unknown_names_total']).toEqual({ '': 1 });
  });

  it('takes names that ephemetry.yaml declares without remembering them, and says so where it is wrong', async () => {
    const directory = makeDirectory();
    const spool = join(directory, 'spool');
    const own = ['run', '--spool-dir', spool, '--spool-only', '--name', 'backup', '--', 'true'];
    const file = join(directory, 'ephemetry.yaml');
    writeFileSync(file, 'commands: { backup: { every: 24h } }');
    expect(await runCommand(own, { cwd: directory })).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(spool, 'names', 'command'))).toBe(false);
    writeFileSync(file, 'commands: 5');
    expect(await runCommand(own, { cwd: directory })).toMatchObject({
      code: 0,
      stderr: `ephemetry: ${file} declares no commands for this run: \`ephemetry config check\` says what is wrong\n`,
    });
    await using receiver = await drained(spool);
    expect(receiver.totals().counters['command_runs_total']).toEqual({
      'command=backup,outcome=success': 2,
    });
  });

  it('passes signals on where there is no terminal, each once', async () => {
    const directory = makeDirectory();
    const script = `trap 'echo int >> ${directory}/got; exit 5' INT; echo ready; while :; do sleep 0.05; done`;
    const own = ['run', '--spool-dir', join(directory, 'spool'), '--spool-only', '--'];
    const ended = await runCommand([...own, 'sh', '-c', script], {
      onStdout: (_, program) => program.kill('SIGINT'),
    });
    expect(ended).toMatchObject({ code: 5 });
    expect(readFileSync(join(directory, 'got'), 'utf8')).toBe('int\n');
  });

  it('lets go of standard output when the command closes its own', async () => {
    const directory = makeDirectory();
    const script = `echo last; exec >&-; while [ ! -e ${directory}/go ]; do sleep 0.05; done`;
    const args = ['run', '--spool-dir', join(directory, 'spool'), '--spool-only', '--', 'sh', '-c', script];
    const wrapper = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(wrapper, 'exit');
    await once(wrapper.stdout.resume(), 'end');
    expect(wrapper.exitCode).toBe(null);
    writeFileSync(join(directory, 'go'), '');
    expect(await exited).toEqual([0, null]);
  });

  it('counts a run once as unknown when its wrapper was killed, and leaves the command running', async () => {
    const directory = makeDirectory();
    const spool = join(directory, 'spool');
    const script = `kill -9 $PPID; sleep 0.1; touch ${directory}/went-on`;
    const args = ['run', '--spool-dir', spool, '--spool-only', '--', 'sh', '-c', script];
    // Not by what kills all that a program leaves.
    const wrapper = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
    expect(await once(wrapper, 'exit')).toEqual([null, 'SIGKILL']);
    await waitFor(() => existsSync(join(directory, 'went-on')), { what: 'the command to go on' });
    await using receiver = await drained(spool);
    expect(receiver.totals().counters['command_runs_total']).toEqual({ 'command=sh,outcome=unknown': 1 });
    await using again = await drained(spool);
    expect(runsOf(again.totals())).toBe(0);
  });

  it('counts a name beyond the limit once, also of a wrapper that was killed long after its start', async () => {
    const directory = makeDirectory();
    const spool = join(directory, 'spool');
    // Much longer than from one look at what was measured to the next.
    const script = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; kill -9 $PPID';
    const args = ['run', '--spool-dir', spool, '--spool-only', '--', join(directory, '.unnamed')];
    writeFileSync(join(directory, '.unnamed'), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    const env = { ...process.env, EPHEMETRY_PERSIST_INTERVAL_MS: '10' };
    const wrapper = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore', env });
    expect(await once(wrapper, 'exit')).toEqual([null, 'SIGKILL']);
    await using receiver = await drained(spool);
    expect(receiver.totals().counters).toMatchObject({
      command_runs_total: { 'command=unknown,outcome=unknown': 1 },
      command_unknown_names_total: { '': 1 },
    });
  });

  it.each(['--spool-only', '--require-delivery'])(
    'counts a run exactly once whichever step its wrapper is killed at (%s)',
    async (mode) => {
      const seen: number[] = [];
      for (let call = 1; ; call += 1) {
        const directory = makeDirectory();
        const spool = join(directory, 'spool');
        await using receiver = await startReceiver();
        const ended = await runCommand(
          [
            'run',
            '--spool-dir',
            spool,
            '--endpoint',
            receiver.url,
            mode,
            '--',
            'touch',
            join(directory, 'started'),
          ],
          { execArgv: ['--import', KILL_AT_CALL], env: { KILL_AT_CALL: String(call) } },
        );
        await runCommand(['drain', '--spool-dir', spool, '--endpoint', receiver.url]);
        const runs = runsOf(receiver.totals());
        if (existsSync(join(directory, 'started'))) expect(runs, `killed at change ${call}`).toBe(1);
        else expect(runs, `killed at change ${call}`).toBeLessThanOrEqual(1);
        seen.push(runs);
        if (ended.signal !== 'SIGKILL') break;
      }
      expect(seen).toContain(0);
      expect(seen.length).toBeGreaterThan(6);
    },
  );
});
