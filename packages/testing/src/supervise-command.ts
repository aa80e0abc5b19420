/**
 * Starts a real program, watches it to its end and leaves nothing running.
 * `runProgram` and `runUnshared` differ only in the command they hand over.
 *
 *   spawn ── marks on fd 3 ──▶ signals ── exit ──▶ survivors listed and killed ── pipes close ──▶ Ended
 *                     └────────── timeoutMs ──▶ killed ──▶ ProgramTimeout
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { compileCache } from './compile-cache.ts';
import { type ListedProcess, startTicksOf, survivorsOf } from './process-list.ts';
import { type Ended, type ProgramOptions, ProgramTimeout, type RunningProgram } from './program.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A command, and who in it gets the signals. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
  /** Finds the process that gets the signals. @default the one that was started */
  readonly target?: (pid: number) => number;
}

/** Below the time that test runners are given for a test: a runner that gives up first leaves the program running. */
const TIMEOUT_MS = 60_000;

/**
 * Runs a command to its end.
 *
 * @throws {ProgramTimeout} after `timeoutMs`, {Error} when the command cannot be started, and what a callback throws.
 */
export async function superviseCommand(command: Command, options: ProgramOptions): Promise<Ended> {
  using ownHome = temporaryDirectory();
  const mark = `TEST_PROGRAM=${randomUUID()}`;
  const startedAt = performance.now();
  const child = start(command, options, options.home ?? ownHome.path, mark);
  const sinceTicks = startTicksOf(child.pid ?? 0);
  const output = collect(child, runningProgram(child, command), options);
  const exit = await watch(child, output, options.timeoutMs ?? TIMEOUT_MS);
  const wallMs = exit.atMs - startedAt;
  const pid = child.pid ?? 0;
  const survivors = killSurvivors(pid, mark, sinceTicks);
  await exit.closed;
  if (output.fault !== undefined) throw output.fault.error;
  const { code, signal } = exit;
  const { stdout, stderr, marks } = output;
  const ended = { code, signal, stdout, stderr, marks, wallMs, pid, survivors };
  if (exit.isTimedOut) throw new ProgramTimeout(nameOf(command), options.timeoutMs ?? TIMEOUT_MS, ended);
  return ended;
}

function start(command: Command, options: ProgramOptions, home: string, mark: string): ChildProcess {
  const [name = '', value = ''] = mark.split('=');
  const child = spawn(command.path, [...command.args], {
    // Nothing else is inherited: OTEL_*, NODE_OPTIONS and XDG_* of the tester would decide tests.
    env: { PATH: process.env.PATH ?? '', ...compileCache(), HOME: home, [name]: value, ...options.env },
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // An own session, by which its leftovers are found.
    detached: true,
  });
  // A program may end without reading its input.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin ?? '');
  return child;
}

function runningProgram(child: ChildProcess, command: Command): RunningProgram {
  const target = (): number =>
    command.target === undefined ? (child.pid ?? 0) : command.target(child.pid ?? 0);
  return {
    get pid(): number {
      return target();
    },
    kill(signal): void {
      if (child.exitCode !== null || child.signalCode !== null) return;
      sendSignal(target(), signal);
    },
  };
}

interface Output {
  stdout: string;
  stderr: string;
  readonly marks: string[];
  /** The first error of a callback: the program is killed, the test gets the error. */
  fault?: { readonly error: unknown };
}

function collect(child: ChildProcess, program: RunningProgram, options: ProgramOptions): Output {
  const output: Output = { stdout: '', stderr: '', marks: [] };
  const guard = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      output.fault ??= { error };
      child.kill('SIGKILL');
    }
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    guard(() => options.onStdout?.(text, program));
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
    guard(() => options.onStderr?.(text, program));
  });
  const pending = [options.signalWhen ?? []].flat();
  onMarks(child, (mark) => {
    output.marks.push(mark);
    const index = pending.findIndex((each) => each.mark === mark);
    const [due] = index < 0 ? [] : pending.splice(index, 1);
    guard(() => {
      options.onMark?.(mark, program);
      if (due !== undefined) program.kill(due.signal);
    });
  });
  return output;
}

function onMarks(child: ChildProcess, take: (mark: string) => void): void {
  const pipe = child.stdio[3];
  if (!isReadable(pipe)) throw new Error('fd 3 of the program is not a readable pipe');
  pipe.on('error', () => {});
  createInterface({ input: pipe }).on('line', take);
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'read' in stream;
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly atMs: number;
  readonly isTimedOut: boolean;
  /** All of its output has arrived. */
  readonly closed: Promise<void>;
}

function watch(child: ChildProcess, output: Output, timeoutMs: number): Promise<Exit> {
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  return new Promise((resolve, reject) => {
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve({
        code,
        signal,
        atMs: performance.now(),
        isTimedOut: isTimedOut && output.fault === undefined,
        closed,
      });
    });
  });
}

function killSurvivors(pid: number, mark: string, sinceTicks: number): ListedProcess[] {
  if (process.platform !== 'linux') return [];
  const survivors = survivorsOf(pid, mark, sinceTicks);
  for (const survivor of survivors) sendSignal(survivor.pid, 'SIGKILL');
  return survivors;
}

/** By this pid only: never 0 or a negative number, which would mean a whole group. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

function nameOf(command: Command): string {
  return [command.path, ...command.args].join(' ');
}
