/** What it costs to run a command under `ephemetry run`, and to push from a script. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../collectors.ts';
import type { Figure } from '../figure.ts';
import { interleave, type Round } from '../interleave.ts';
import { EPHEMETRY, type ProcessRun, runEphemetry, runProcess } from '../process-run.ts';
import { programFile } from '../program-files.ts';
import { spreadOf } from '../spread.ts';
import { arriving } from './arriving.ts';
import { SPOOL_ONLY, type Surroundings, sendTo } from './surroundings.ts';

/** Enough for a 99th percentile that is not the largest. */
const REQUESTS = 1000;
const GIBIBYTE = 2 ** 30;

/** All figures of `ephemetry run` and `ephemetry push`. */
export async function measureCommand(surroundings: Surroundings): Promise<Figure[]> {
  return [
    ...(await measureShort(surroundings)),
    ...(await measureLong(surroundings)),
    await measurePipe(surroundings),
  ];
}

/** Processes that end at once. */
async function measureShort({ effort, healthy }: Surroundings): Promise<Figure[]> {
  const env = patient(healthy);
  const directory = mkdtempSync(join(tmpdir(), 'ephemetry-bench-body-'));
  const body = join(directory, 'body.json');
  try {
    await runEphemetry(['run', '--', 'true'], { env });
    writeFileSync(body, await healthy.lastBody());
    const args = [healthy.url, body];
    const push = ['push', 'counter', 'deploys_total', '1', '-a', 'target=staging'];
    const rounds = await interleave(effort.rounds, {
      bare: () => runProcess('bare'),
      post: arriving(healthy, () => runProcess('spawn-post', { args })),
      postLean: arriving(healthy, () => runProcess('spawn-post-lean', { args })),
      run: arriving(healthy, () => runEphemetry(['run', '--', 'true'], { env })),
      push: () => runEphemetry(push, { env: SPOOL_ONLY }),
    });
    return [
      {
        name: 'command.run.ratio',
        meaning:
          '`ephemetry run -- true`, delivered: whole process / a Node that spawns `true` and makes one raw POST of the same bytes',
        ...ratio(rounds, 'run', 'post'),
        bar: { limit: 1.25, goFor: 1 },
      },
      {
        name: 'command.run.lean_ratio',
        meaning: 'The same / such a Node as nobody writes it, the floor',
        ...ratio(rounds, 'run', 'postLean'),
      },
      {
        name: 'command.push.ratio',
        meaning: '`ephemetry push counter`, spool-only: whole process / bare Node',
        ...ratio(rounds, 'push', 'bare'),
        bar: { limit: 1.7, goFor: 1.3 },
      },
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Commands that live longer. */
async function measureLong({ effort, healthy }: Surroundings): Promise<Figure[]> {
  const env = patient(healthy);
  const execArgv = ['--require', programFile('peak-memory')];
  const run = (program: Parameters<typeof programFile>[0], ...args: readonly string[]): readonly string[] => [
    'run',
    '--',
    process.execPath,
    programFile(program),
    ...args,
  ];
  const rounds = await interleave(effort.slowRounds, {
    bare: () => runProcess('bare', { execArgv }),
    endsBare: () => runProcess('end-later'),
    ends: arriving(healthy, () => runEphemetry(run('end-later'), { env, execArgv })),
    asks: arriving(healthy, () => runEphemetry(run('ask-wrapper', `${REQUESTS}`), { env, execArgv })),
  });
  const asked = (name: string): Figure['spread'] =>
    spreadOf(rounds.map((round) => round('asks').said[name] ?? Number.NaN));
  const peakAboveBare = (name: 'ends' | 'asks'): Figure['spread'] =>
    spreadOf(rounds.map((round) => peakMib(round(name)) - peakMib(round('bare'))));
  return [
    {
      name: 'command.end.added',
      meaning:
        'Time from the end of a command until the wrapper is gone, everything delivered, above the end of the command alone',
      unit: 'ms',
      spread: spreadOf(rounds.map((round) => round('ends').leavingMs - round('endsBare').leavingMs)),
      bar: { limit: 5, goFor: 1 },
    },
    {
      name: 'command.answer.p99',
      meaning: `A command's own OTLP request, until it is answered and on disk: 99th percentile of ${REQUESTS}, the first one included`,
      unit: 'ms',
      spread: asked('p99Ms'),
      bar: { limit: 5, goFor: 1 },
    },
    { name: 'command.answer.p50', meaning: 'The same, median', unit: 'ms', spread: asked('p50Ms') },
    {
      name: 'command.answer.first',
      meaning: 'The same, the first one: what reads OTLP is loaded for it',
      unit: 'ms',
      spread: asked('firstMs'),
    },
    {
      name: 'command.memory',
      meaning: 'Peak memory of the wrapper above bare Node, everything delivered',
      unit: 'MiB',
      spread: peakAboveBare('ends'),
      bar: { limit: 20, goFor: 10 },
    },
    {
      name: 'command.memory.receiving',
      meaning: `The same, of a command that made ${REQUESTS} requests in a row`,
      unit: 'MiB',
      spread: peakAboveBare('asks'),
    },
  ];
}

/** 1 GiB from a command into a pipe. */
async function measurePipe({ effort, healthy }: Surroundings): Promise<Figure> {
  const rounds = await interleave(effort.longRounds, {
    alone: () => writeGigabyte([], {}),
    wrapped: () => writeGigabyte([process.execPath, EPHEMETRY, 'run', '--'], patient(healthy)),
  });
  return {
    name: 'command.pipe.ratio',
    meaning: '1 GiB from a command into a pipe: time with the wrapper / without',
    ...ratio(rounds, 'wrapped', 'alone'),
    bar: { limit: 1.02, goFor: 1 },
  };
}

/** Its wall time is what the writing program says of itself. @throws {Error} when not all came */
async function writeGigabyte(
  wrapper: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProcessRun> {
  const spoolDir = mkdtempSync(join(tmpdir(), 'ephemetry-bench-'));
  const { PATH = '', HOME = '' } = process.env;
  const words = [...wrapper, process.execPath, programFile('write-gigabyte')];
  const child = spawn('sh', ['-c', '"$@" | wc -c', 'sh', ...words], {
    env: { PATH, HOME, EPHEMETRY_SPOOL_DIR: spoolDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  rmSync(spoolDir, { recursive: true, force: true });
  if (Number(stdout) !== GIBIBYTE) throw new Error(`${stdout.trim()} bytes came through: ${stderr}`);
  return { wallMs: saidOn(stderr, 'tookMs'), leavingMs: Number.NaN, said: {}, stderr };
}

/** On an overloaded machine a delivery is late, not given up: it shall count with all of its time. */
function patient({ url }: Collector): Readonly<Record<string, string>> {
  return { ...sendTo(url), EPHEMETRY_EXIT_BUDGET_MS: '10000' };
}

function ratio<Name extends string>(
  rounds: readonly Round<Name>[],
  subject: Name,
  baseline: Name,
): Pick<Figure, 'unit' | 'spread'> {
  return {
    unit: 'ratio',
    spread: spreadOf(rounds.map((run) => run(subject).wallMs / run(baseline).wallMs)),
  };
}

function peakMib({ stderr }: ProcessRun): number {
  return saidOn(stderr, 'peakMib');
}

function saidOn(stderr: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(stderr)?.[1]);
}
