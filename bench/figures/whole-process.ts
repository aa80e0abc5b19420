/** One session in a whole process, from before the process is made until it is gone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from '../figure.ts';
import { interleave, type Round } from '../interleave.ts';
import { runProcess } from '../process-run.ts';
import { spreadOf } from '../spread.ts';
import { arriving } from './arriving.ts';
import { SPOOL_ONLY, type Surroundings, sendDeltasTo, sendTo } from './surroundings.ts';

/** The compared programs, as their figures are named. */
const WHOLE_PROCESSES = {
  bare: 'bare Node',
  raw_post: 'one raw POST',
  raw_post_lean:
    'one raw POST by process.getBuiltinModule, which spares the 20 ms that importing names from node:http takes',
  natural: 'a session delivered by a program that ends by itself',
  delivered: 'a session delivered by a program that calls process.exit in the same tick',
  spool_only: 'a session spooled',
  otel: 'a session delivered by the OpenTelemetry SDK',
} as const;

type ProcessName = keyof typeof WHOLE_PROCESSES;

/** Compares bare Node, a raw POST of the same bytes, ours, ours without delivery, and the OpenTelemetry SDK. */
export async function measureWholeProcess(surroundings: Surroundings): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'ephemetry-bench-body-'));
  try {
    const rounds = await runRounds(surroundings, join(directory, 'body.json'));
    return [...ratios(rounds), ...wallTimes(rounds)];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runRounds({ effort, healthy }: Surroundings, bodyFile: string): Promise<Round<ProcessName>[]> {
  // On an overloaded machine a delivery is late, not given up: it shall count with all of its time.
  const env = { ...sendTo(healthy.url), EPHEMETRY_EXIT_BUDGET_MS: '10000' };
  await runProcess('ephemetry-session', { env });
  writeFileSync(bodyFile, await healthy.lastBody());
  const args = [healthy.url, bodyFile];
  return await interleave<ProcessName>(effort.rounds, {
    bare: () => runProcess('bare'),
    raw_post: arriving(healthy, () => runProcess('raw-post', { args })),
    raw_post_lean: arriving(healthy, () => runProcess('raw-post-lean', { args })),
    natural: arriving(healthy, () => runProcess('natural-session', { env })),
    delivered: arriving(healthy, () => runProcess('ephemetry-session', { env })),
    spool_only: () => runProcess('ephemetry-session', { env: SPOOL_ONLY }),
    otel: arriving(healthy, () => runProcess('otel-session', { env: sendDeltasTo(healthy.url) })),
  });
}

function ratios(rounds: readonly Round<ProcessName>[]): Figure[] {
  const ratio = (subject: ProcessName, baseline: ProcessName): Pick<Figure, 'unit' | 'spread'> => ({
    unit: 'ratio',
    spread: spreadOf(rounds.map((run) => run(subject).wallMs / run(baseline).wallMs)),
  });
  return [
    {
      name: 'session.natural.ratio',
      meaning:
        'Record one session, end by itself, delivered: whole process / process that makes one raw POST of the same bytes',
      ...ratio('natural', 'raw_post'),
      bar: { limit: 1, goFor: 0.8 },
    },
    {
      name: 'session.natural.lean_ratio',
      meaning: 'The same / the raw POST that nobody writes, the floor',
      ...ratio('natural', 'raw_post_lean'),
      bar: { limit: 1.7, goFor: 1.3 },
    },
    {
      name: 'session.delivered.ratio',
      meaning:
        'Record one session, process.exit in the same tick, delivered: whole process / raw POST process',
      ...ratio('delivered', 'raw_post'),
      bar: { limit: 1.35, goFor: 1.2 },
    },
    {
      name: 'session.spool_only.ratio',
      meaning: 'Record one session, exit, spool-only: whole process / bare Node',
      ...ratio('spool_only', 'bare'),
      bar: { limit: 1.6, goFor: 1.2 },
    },
    {
      name: 'session.otel.ratio',
      meaning: 'A session with the OpenTelemetry SDK: whole process / raw POST process',
      ...ratio('otel', 'raw_post'),
    },
  ];
}

function wallTimes(rounds: readonly Round<ProcessName>[]): Figure[] {
  const names: ProcessName[] = [
    'bare',
    'raw_post',
    'raw_post_lean',
    'natural',
    'delivered',
    'spool_only',
    'otel',
  ];
  return names.map((name) => ({
    name: `process.${name}`,
    meaning: `Whole process: ${WHOLE_PROCESSES[name]}`,
    unit: 'ms',
    spread: spreadOf(rounds.map((run) => run(name).wallMs)),
  }));
}
