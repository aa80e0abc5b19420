/**
 * Runs a shell block of the documents in a project: command after command, those that run until a signal included.
 * What `commands-not-run.ts` lists is checked instead.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runProgram, runShell } from '../packages/testing/src/index.ts';
import { notRun } from './commands-not-run.ts';
import type { Example } from './documentation.ts';
import { EPHEMETRY, type ExampleProject } from './example-project.ts';
import { commandsOf, type ShellCommand } from './shell-command.ts';

/** Programs that do the same on every machine. */
const RUNNABLE = ['ephemetry', 'echo', 'printf', 'trap'];

/** Below the time that the tests of blocks have. */
const TIMEOUT_MS = 150_000;

/** A command that runs until a signal. */
interface LongRunning {
  readonly begins: string;
  /** Added when the document leaves them out. */
  readonly args?: readonly string[];
  /** What it says when it is at work. */
  readonly ready: RegExp;
  /** Uses it, before Ctrl-C. */
  readonly use?: (project: ExampleProject, match: RegExpExecArray) => Promise<void>;
}

const LONG_RUNNING: readonly LongRunning[] = [
  {
    begins: 'ephemetry receive',
    // The default port may be another program's on this machine.
    args: ['--port', '0'],
    ready: /listening on (http:\S+)/,
    use: (project, [, url = '']) => sendBatch(project, url),
  },
  { begins: 'ephemetry merges watch', ready: /merges?, \d+ crossings?/ },
  { begins: 'ephemetry drain --watch', ready: /\n/ },
];

/** The last command of the block ends with `expectedCode`, those before it with 0. */
export async function runShellBlock(
  { code, place }: Example,
  project: ExampleProject,
  env: Readonly<Record<string, string>>,
  expectedCode: number,
): Promise<void> {
  const page = place.replace(/:\d+$/, '');
  const parts = partsOf(commandsOf(code));
  expect(parts.flatMap((part) => (part.kind === 'not-run' ? part.faults(page) : []))).toEqual([]);
  if (needsMerges(code)) await runScript('ephemetry merges import history.jsonl', project, env, 0);
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part.kind === 'script') await runScript(part.text, project, env, isLast ? expectedCode : 0);
    if (part.kind === 'long-running') await runUntilStopped(part, project, env);
  }
}

type Part =
  /** Commands that run in one shell: a variable or a directory of one is the next one's. */
  | { readonly kind: 'script'; readonly text: string }
  | { readonly kind: 'long-running'; readonly command: ShellCommand; readonly how: LongRunning }
  | { readonly kind: 'not-run'; readonly faults: (page: string) => readonly string[] };

function partsOf(commands: readonly ShellCommand[]): readonly Part[] {
  const parts: Part[] = [];
  for (const command of commands) {
    const row = notRun(command);
    const how = LONG_RUNNING.find(({ begins }) => command.words.join(' ').startsWith(begins));
    const before = parts.at(-1);
    if (row !== undefined) parts.push({ kind: 'not-run', faults: (page) => row.faults(command, page) });
    else if (!RUNNABLE.includes(command.words[0] ?? ''))
      parts.push({ kind: 'not-run', faults: () => [unknown(command)] });
    else if (how !== undefined) parts.push({ kind: 'long-running', command, how });
    else if (before?.kind === 'script')
      parts.splice(-1, 1, { kind: 'script', text: `${before.text}\n${command.text}` });
    else parts.push({ kind: 'script', text: command.text });
  }
  return parts;
}

function unknown({ text }: ShellCommand): string {
  return (
    `\`${text}\` is neither run nor listed: add a row to NOT_RUN in test/commands-not-run.ts, ` +
    'with the reason and what is checked instead, or the program to RUNNABLE in test/run-shell-block.ts'
  );
}

/** Asks for rates, and does not bring merges of its own. */
function needsMerges(code: string): boolean {
  return /^(npx )?ephemetry merges\b/m.test(code) && !code.includes('> history.jsonl');
}

async function runScript(
  text: string,
  { path }: ExampleProject,
  env: Readonly<Record<string, string>>,
  expectedCode: number,
): Promise<void> {
  const ended = await runShell(text, { cwd: path, home: path, env, timeoutMs: TIMEOUT_MS });
  expect(ended.code, `${text}\n${ended.stdout}${ended.stderr}`).toBe(expectedCode);
  expect(ended.survivors).toEqual([]);
}

/** Ctrl-C when it is at work and was used: then it ends with 0. */
async function runUntilStopped(
  { command, how }: Extract<Part, { kind: 'long-running' }>,
  project: ExampleProject,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const given = command.words.slice(1);
  const added = how.args?.some((arg) => given.includes(arg)) === false ? how.args : [];
  let said = '';
  let used: Promise<void> | undefined;
  const look = (text: string, program: { kill(signal: NodeJS.Signals): void }): void => {
    said += text;
    const match = how.ready.exec(said);
    if (match === null || used !== undefined) return;
    used = (how.use?.(project, match) ?? Promise.resolve()).finally(() => program.kill('SIGINT'));
    // Told below; until then nobody has a hand on it.
    used.catch(() => {});
  };
  const ended = await runProgram(EPHEMETRY, {
    args: [...given, ...added],
    cwd: project.path,
    home: project.path,
    env,
    onStdout: look,
    onStderr: look,
    timeoutMs: TIMEOUT_MS,
  });
  await used;
  expect(ended.code, `${command.text}\n${said}`).toBe(0);
  expect(used, `${command.text} ended before it said ${how.ready}`).toBeDefined();
  expect(ended.survivors).toEqual([]);
}

/** What a program sends is what the receiver shows. */
async function sendBatch(project: ExampleProject, url: string): Promise<void> {
  const program = join(project.path, 'sends.mjs');
  writeFileSync(
    program,
    `import { createMeterProvider } from '@ephemetry/exporter';
     createMeterProvider().getMeter('example').createCounter('examples_total').add(3);`,
  );
  const sent = await runProgram(program, { env: project.environment(url), cwd: project.path });
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  const page = await (await fetch(`${url}/metrics`)).text();
  expect(page).toMatch(/^examples_total\{.*\} 3$/m);
}
