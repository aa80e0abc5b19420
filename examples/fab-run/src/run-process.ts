import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '@ephemetry/exporter';
import { endingOf } from './endings.ts';

/** How one process ended. */
export interface ProcessEnd {
  /** Exit code, or the signal that killed it. */
  readonly status: number | NodeJS.Signals;
  /** From its last statement to its end. */
  readonly endMs: number;
  /** What it said became of its batches. Absent when it had no chance to say it. */
  readonly verdict?: Verdict;
  readonly stderr: string;
}

const PROGRAM = fileURLToPath(new URL('./fab-process.ts', import.meta.url));

/** Runs one fab process and sees how it ends. */
export async function runProcess(
  ending: string,
  recordings: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<ProcessEnd> {
  const { signal, execArgv = [] } = endingOf(ending);
  const child = spawn(process.execPath, [...execArgv, PROGRAM, ending, ...recordings], {
    env,
    cwd,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let said: { readonly verdict?: Verdict; readonly endsAtMs?: number } = {};
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines = createInterface({ input: readable(child.stdio[3]) });
  lines.on('line', (line) => {
    said = { ...said, ...JSON.parse(line) };
    if (signal !== undefined && said.verdict === undefined) child.kill(signal);
  });
  const exitedAtMs = new Promise<number>((resolve) =>
    child.once('exit', () => resolve(performance.timeOrigin + performance.now())),
  );
  const status = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) => resolve(killedBy ?? code ?? -1));
  });
  return {
    status,
    endMs: (await exitedAtMs) - (said.endsAtMs ?? Number.NaN),
    ...(said.verdict && { verdict: said.verdict }),
    stderr,
  };
}

function readable(stream: unknown): Readable {
  if (stream instanceof Readable) return stream;
  throw new Error('descriptor 3 of the child is not a pipe');
}
