import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAIN } from '../fixtures/run-command.ts';

const IN_TERMINAL = fileURLToPath(new URL('../fixtures/in-terminal.py', import.meta.url));

interface Shown {
  readonly shown: string;
  readonly code: number | null;
  readonly signal: number | null;
  /** Whether the terminal shows what is typed, after the end. */
  readonly echoes: boolean | null;
  readonly stepsLeft: number;
}

/** Runs a command in a pseudo-terminal, typing texts when others are shown. */
function inTerminal(
  steps: readonly (readonly [string, string])[],
  command: readonly string[],
): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const args = [IN_TERMINAL, JSON.stringify(steps), ...command];
    execFile('python3', args, { env: { PATH: process.env['PATH'] } }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(error);
    });
  });
}

function makeDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return directory.path;
}

function runArgs(directory: string): readonly string[] {
  return [process.execPath, MAIN, 'run', '--spool-dir', join(directory, 'spool'), '--spool-only', '--'];
}

describe('ephemetry run in a terminal', () => {
  it('gives the command a terminal from which it can read a password', async () => {
    const script = 'import getpass; print("got", getpass.getpass("Password: ")[::-1])';
    const command = [...runArgs(makeDirectory()), 'python3', '-c', script];
    const ended = await inTerminal([['Password: ', 'secret\n']], command);
    expect(ended).toMatchObject({ code: 0, stepsLeft: 0 });
    expect(ended.shown).toContain('got terces');
    expect(ended.shown).not.toContain('secret');
  });

  it('has Ctrl-C reach the command once, and ends as it decides', async () => {
    const directory = makeDirectory();
    const script = `trap 'echo int >> ${directory}/got; n=1' INT; echo ready; while [ -z "$n" ]; do sleep 0.05; done; sleep 0.3; exit 6`;
    const ended = await inTerminal([['ready', '\u0003']], [...runArgs(directory), 'sh', '-c', script]);
    expect(ended).toMatchObject({ code: 6, stepsLeft: 0 });
    expect(readFileSync(join(directory, 'got'), 'utf8')).toBe('int\n');
  });

  it.each([
    ['has Ctrl-C reach the command once, with a pipe as its input', 'echo x | RUN; echo en""ded', '\u0003'],
    ['passes on a SIGINT in the background of a terminal', 'RUN &', 'kill -INT $!; wait $!; echo en""ded\n'],
  ])('%s', async (_, line, typed) => {
    const directory = makeDirectory();
    const file = join(directory, 'job.sh');
    const seen = `echo int >> ${directory}/got; n=1`;
    writeFileSync(
      file,
      `trap '${seen}' INT; echo ready; while [ -z "$n" ]; do sleep 0.05; done; sleep 0.3; exit 6`,
    );
    const steps: readonly (readonly [string, string])[] = [
      ['bash', `${line.replace('RUN', [...runArgs(directory), 'sh', file].join(' '))}\n`],
      ['ready', typed],
      ['ended', 'exit 0\n'],
    ];
    const ended = await inTerminal(steps, ['bash', '--norc', '-i']);
    expect(ended).toMatchObject({ code: 0, stepsLeft: 0 });
    expect(readFileSync(join(directory, 'got'), 'utf8')).toBe('int\n');
  });

  it('dies of SIGINT when Ctrl-C kills the command', async () => {
    const command = [...runArgs(makeDirectory()), 'sh', '-c', 'echo ready; exec sleep 60'];
    expect(await inTerminal([['ready', '\u0003']], command)).toMatchObject({ code: null, signal: 2 });
  });

  it('stops with Ctrl-Z and goes on with fg', async () => {
    const directory = makeDirectory();
    const script = `echo rea""dy; while [ ! -e ${directory}/go ]; do sleep 0.05; done; echo went""on`;
    const typed = [...runArgs(directory), 'sh', '-c', `'${script}'`].join(' ');
    const steps: readonly (readonly [string, string])[] = [
      ['bash', `${typed}\n`],
      ['ready', '\u001a'],
      ['Stopped', `touch ${directory}/go; fg\n`],
      ['wenton', 'exit 0\n'],
    ];
    const ended = await inTerminal(steps, ['bash', '--norc', '-i']);
    expect(ended).toMatchObject({ code: 0, stepsLeft: 0 });
  });

  it('leaves the terminal as the command set it', async () => {
    const command = ['sh', '-c', `"$@"; stty -a | grep -o '[-]*echo ' | head -1; stty echo`, 'sh'];
    const ended = await inTerminal([], [...command, ...runArgs(makeDirectory()), 'stty', '-echo']);
    expect(ended.shown).toContain('-echo');
  });
});
