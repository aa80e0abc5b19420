/** What telemetry adds to the end of a process, and to its memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusingUrl, startCollector } from '../collectors.ts';
import type { Figure } from '../figure.ts';
import { interleave, type Round } from '../interleave.ts';
import { type ProcessRun, runProcess } from '../process-run.ts';
import { spreadOf } from '../spread.ts';
import { SPOOL_ONLY, type Surroundings, sendDeltasTo, sendTo } from './surroundings.ts';

/** The default of `exitBudgetMs`. */
const EXIT_BUDGET_MS = 250;

/** Exit with everything delivered, with a Collector that refuses, and peak memory. */
export async function measureExit({ effort, healthy }: Surroundings): Promise<Figure[]> {
  const refusing = sendTo(await refusingUrl());
  const rounds = await interleave(effort.rounds, {
    bare: () => runProcess('exit-bare'),
    settled: async () =>
      expecting(
        'delivered',
        1,
        await runProcess('exit-ephemetry', { args: ['settled'], env: sendTo(healthy.url) }),
      ),
    refused: async () => expecting('spooled', 1, await runProcess('exit-ephemetry', { env: refusing })),
    refusedBooted: async () =>
      expecting('spooled', 2, await runProcess('exit-ephemetry', { args: ['booted'], env: refusing })),
    natural: async () =>
      expecting(
        'delivered',
        1,
        await runProcess('natural-session', { args: ['said'], env: sendTo(healthy.url) }),
      ),
    spoolOnly: async () => expecting('spooled', 1, await runProcess('exit-ephemetry', { env: SPOOL_ONLY })),
    otel: () => runProcess('exit-otel', { env: sendDeltasTo(healthy.url) }),
  });
  return [
    inside(rounds, 'settled', 'exit.delivered', 'exit when all is delivered', { limit: 2, goFor: 0.5 }),
    outside(rounds, 'settled', 'exit.delivered', 'exit when all is delivered'),
    inside(rounds, 'refused', 'exit.refused', 'exit right after the first session, Collector refuses', {
      limit: 60,
      goFor: 20,
    }),
    outside(rounds, 'refused', 'exit.refused', 'exit right after the first session, Collector refuses'),
    inside(
      rounds,
      'refusedBooted',
      'exit.refused_later',
      'exit right after a later session, Collector refuses',
    ),
    memory(rounds, 'natural', 'memory.natural', 'one session delivered by a program that ends by itself', {
      limit: 12,
      goFor: 8,
    }),
    memory(rounds, 'settled', 'memory.delivered', 'one session delivered by a flush', {
      limit: 26,
      goFor: 15,
    }),
    memory(rounds, 'spoolOnly', 'memory.spool_only', 'one session spooled'),
    memory(rounds, 'otel', 'memory.otel', 'one session delivered by the OpenTelemetry SDK'),
  ];
}

/** Longest wait for the answer to a batch that was sent: the default of the exporter. */
const ANSWER_BUDGET_MS = 1000;

/** Exit with a Collector that takes the connection and never answers: the first time, and once that is remembered. */
export async function measureSilentExit({ effort }: Surroundings): Promise<Figure[]> {
  await using silent = await startCollector('silent');
  const remembering = mkdtempSync(join(tmpdir(), 'ephemetry-bench-'));
  const exit = async (spoolDir?: string): Promise<ProcessRun> => {
    const where = spoolDir === undefined ? {} : { spoolDir };
    return expectingUnanswered(await runProcess('exit-ephemetry', { env: sendTo(silent.url), ...where }));
  };
  try {
    await exit(remembering);
    const rounds = await interleave(effort.slowRounds, {
      bare: () => runProcess('exit-bare'),
      silent: () => exit(),
      remembered: () => exit(remembering),
    });
    const doing = 'exit right after the first session, Collector never answers';
    const first = `${doing} (budgets ${EXIT_BUDGET_MS} and ${ANSWER_BUDGET_MS} ms)`;
    const later = `${doing}, which an earlier run remembered (budget ${EXIT_BUDGET_MS} ms)`;
    return [
      inside(rounds, 'silent', 'exit.silent', first, { limit: ANSWER_BUDGET_MS + EXIT_BUDGET_MS + 20 }),
      inside(rounds, 'remembered', 'exit.silent_remembered', later, { limit: EXIT_BUDGET_MS + 20 }),
      outside(rounds, 'silent', 'exit.silent', first),
      outside(rounds, 'remembered', 'exit.silent_remembered', later),
    ];
  } finally {
    rmSync(remembering, { recursive: true, force: true });
  }
}

/** On a busy machine it may not have left within the exit budget. */
function expectingUnanswered(run: ProcessRun): ProcessRun {
  if (said(run, 'spooled') + said(run, 'inDoubt') === 1) return run;
  throw new Error(`one batch without an answer was expected: ${JSON.stringify(run.said)}`);
}

function inside<Name extends string>(
  rounds: readonly Round<Name | 'bare'>[],
  subject: Name,
  name: string,
  doing: string,
  bar?: Figure['bar'],
): Figure {
  return {
    name: `${name}.inside`,
    meaning: `Time added at ${doing}: inside the process, between its first and its last exit listener`,
    unit: 'ms',
    spread: spreadOf(rounds.map((run) => said(run(subject), 'exitMs') - said(run('bare'), 'exitMs'))),
    ...(bar === undefined ? {} : { bar }),
  };
}

function outside<Name extends string>(
  rounds: readonly Round<Name | 'bare'>[],
  subject: Name,
  name: string,
  doing: string,
): Figure {
  return {
    name: `${name}.outside`,
    meaning: `The same seen from outside, from process.exit() until the process is gone, above bare Node: ${doing}`,
    unit: 'ms',
    spread: spreadOf(rounds.map((run) => run(subject).leavingMs - run('bare').leavingMs)),
  };
}

function memory<Name extends string>(
  rounds: readonly Round<Name | 'bare'>[],
  subject: Name,
  name: string,
  doing: string,
  bar?: Figure['bar'],
): Figure {
  return {
    name,
    meaning: `Peak memory above bare Node: ${doing}`,
    unit: 'MiB',
    spread: spreadOf(rounds.map((run) => said(run(subject), 'peakMib') - said(run('bare'), 'peakMib'))),
    ...(bar === undefined ? {} : { bar }),
  };
}

function said(run: ProcessRun, name: string): number {
  return run.said[name] ?? Number.NaN;
}

/** A process that lost its batch must not count as fast. */
function expecting(name: 'delivered' | 'spooled', batches: number, run: ProcessRun): ProcessRun {
  if (run.said[name] !== batches) {
    throw new Error(`${batches} batches should be ${name}, but the verdict is ${JSON.stringify(run.said)}`);
  }
  return run;
}
