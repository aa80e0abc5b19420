/** The probe that is a program: up when it ends with 0. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readSecret } from '../secret-text.ts';
import type { CommandProbe } from '../target.ts';
import type { Finding } from './probe-facts.ts';
import type { ProbeRun } from './probe-run.ts';

const HANDED_ON = ['PATH', 'HOME', 'LANG'];

/**
 * Runs the program in a process group of its own. At the deadline, and when the program ends, the group is killed: what it
 * started ends with it. What it prints goes nowhere: it may be endless, and it may quote secrets.
 */
export function probeCommand(run: ProbeRun, probe: CommandProbe, env: NodeJS.ProcessEnv): Promise<Finding> {
  const environment = environmentOf(probe, env);
  if (environment.kind === 'unmeasured') return Promise.resolve(environment);
  const [program, ...args] = probe.command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: 'ignore',
      detached: process.platform !== 'win32',
      windowsHide: true,
      env: environment.variables,
    });
    const end = (finding: Finding): void => {
      run.signal.removeEventListener('abort', onAbort);
      killGroup(child);
      resolve(finding);
    };
    const onAbort = (): void =>
      end({ kind: 'command_failed', reason: 'the command did not end in time and was killed' });
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'unmeasured', reason: `the command cannot be started (${error.code ?? 'unknown cause'})` }),
    );
    child.once('exit', (code, signal) => end(findingOf(code, signal)));
    run.signal.addEventListener('abort', onAbort);
    if (run.signal.aborted) onAbort();
  });
}

function findingOf(code: number | null, signal: NodeJS.Signals | null): Finding {
  if (code === 0) return { kind: 'answered' };
  const how = code === null ? `by ${signal}` : `with exit code ${code}`;
  return { kind: 'command_failed', reason: `the command ended ${how}` };
}

type Environment =
  | { readonly kind: 'variables'; readonly variables: NodeJS.ProcessEnv }
  | { readonly kind: 'unmeasured'; readonly reason: string };

function environmentOf({ environment = {} }: CommandProbe, env: NodeJS.ProcessEnv): Environment {
  const variables: NodeJS.ProcessEnv = {};
  for (const name of HANDED_ON) if (env[name] !== undefined) variables[name] = env[name];
  for (const [name, secret] of Object.entries(environment)) {
    const read = readSecret(secret, env);
    if (read.kind === 'missing') return { kind: 'unmeasured', reason: read.problem };
    variables[name] = read.text;
  }
  return { kind: 'variables', variables };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
