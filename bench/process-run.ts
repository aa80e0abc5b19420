/** Runs one of the programs, or the command, as a process of its own, seen from outside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProgramName, programFile } from './program-files.ts';

/** How a program is run. */
export interface RunOptions {
  readonly args?: readonly string[];
  /** Beside PATH, HOME and a new, empty spool. */
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
  /** A spool that outlives the run. @default a new one, removed afterwards */
  readonly spoolDir?: string;
}

/** What became of it. */
export interface ProcessRun {
  /** From before the process was made until it was gone. */
  readonly wallMs: number;
  /** From the program's own mark `leftAtNs` until it was gone; NaN without that mark. */
  readonly leavingMs: number;
  /** The numbers that the program said on stdout. */
  readonly said: Readonly<Record<string, number>>;
  readonly stderr: string;
}

const LONGEST_RUN_MS = 120_000;

/** The built command. */
export const EPHEMETRY: string = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));

/** @throws {Error} when the program fails or takes longer than two minutes. */
export function runProcess(program: ProgramName, options: RunOptions = {}): Promise<ProcessRun> {
  return runFile(programFile(program), options);
}

/** Runs `ephemetry` with these arguments. @throws {Error} as {@link runProcess} does */
export function runEphemetry(args: readonly string[], options: RunOptions = {}): Promise<ProcessRun> {
  return runFile(EPHEMETRY, { ...options, args });
}

async function runFile(file: string, options: RunOptions): Promise<ProcessRun> {
  const spoolDir = options.spoolDir ?? mkdtempSync(join(tmpdir(), 'ephemetry-bench-'));
  try {
    return await runWithSpool(file, options, spoolDir);
  } finally {
    if (options.spoolDir === undefined) rmSync(spoolDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runWithSpool(file: string, options: RunOptions, spoolDir: string): Promise<ProcessRun> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, EPHEMETRY_SPOOL_DIR: spoolDir, ...options.env };
  const args = [...(options.execArgv ?? []), file, ...(options.args ?? [])];
  const startedAtNs = process.hrtime.bigint();
  const child = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
  });
  let goneAtNs = startedAtNs;
  child.once('exit', () => {
    goneAtNs = process.hrtime.bigint();
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ended with ${signal ?? `code ${code}`}: ${stderr}`);
  const said = parseNumbers(file, stdout);
  return {
    wallMs: Number(goneAtNs - startedAtNs) / 1e6,
    leavingMs: Number(goneAtNs) / 1e6 - (said['leftAtNs'] ?? Number.NaN) / 1e6,
    said,
    stderr,
  };
}

function parseNumbers(file: string, stdout: string): Record<string, number> {
  if (stdout === '') return {};
  const said: unknown = JSON.parse(stdout);
  if (typeof said !== 'object' || said === null)
    throw new Error(`${file} said ${stdout}, allowed: an object`);
  return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, Number(value)]));
}
