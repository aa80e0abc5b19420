/** Runs jobs with SDKs of other languages under `ephemetry run`, or bare, and ends them from outside. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SdkProgram } from './sdk-programs.ts';

const EPHEMETRY = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** A job, and what happens to it. */
export interface JobTerms {
  readonly program: SdkProgram;
  /** As the programs take them: run, count, ending and more. */
  readonly args: readonly string[];
  /** Options of `ephemetry run`; undefined runs the job bare. */
  readonly wrapper?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to the job, not to the wrapper, after so many exports; `done` when it has exported all. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly after: number | 'done' };
}

/** What became of it. */
export interface EndedJob {
  /** Exports that had returned, by the job's own word. */
  readonly exported: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Resolves when the wrapper, or the bare job, has ended and its output is here. */
export async function runJob({ program, args, wrapper, env, kill }: JobTerms): Promise<EndedJob> {
  const job = [...program, ...args];
  const line = wrapper === undefined ? job : [process.execPath, EPHEMETRY, 'run', ...wrapper, '--', ...job];
  const [command = '', ...rest] = line;
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      OTEL_SERVICE_NAME: 'job',
      // What is held up by a busy machine is not what is looked at here.
      EPHEMETRY_EXIT_BUDGET_MS: '20000',
      ...env,
    },
  });
  let exported = 0;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (said) => {
    exported += Number(said === 'exported');
    if (kill === undefined || (kill.after === 'done' ? said !== 'done' : exported !== kill.after)) return;
    const pid = wrapper === undefined ? child.pid : childOf(child.pid);
    if (pid !== undefined) process.kill(pid, kill.signal);
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...end) => resolve(end));
  });
  return { exported, code, signal, stderr };
}

/** The one process that a wrapper has started. */
function childOf(pid: number | undefined): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
  return child === undefined || child === '' ? undefined : Number(child);
}
