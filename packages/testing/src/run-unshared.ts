import { spawnSync } from 'node:child_process';
import { childrenOf } from './process-list.ts';
import type { Ended, ProgramOptions } from './program.ts';
import { superviseCommand } from './supervise-command.ts';

/** How the program ended, or why this machine cannot run it so. */
export type UnsharedEnded =
  | ({ readonly kind: 'ended' } & Ended)
  | { readonly kind: 'unavailable'; readonly reason: string };

const UNSHARE: readonly string[] = ['--pid', '--fork', '--mount-proc', '--kill-child'];

/**
 * Runs a file as PID 1 of a new pid namespace, as a container does: signals without a handler are ignored there
 * (except SIGKILL from outside), and pids repeat between runs. Needs Linux, `unshare` of util-linux and root.
 * Marks, signals and results are as in `runProgram`; signals go to the program itself; `pid` of the result is the
 * pid of `unshare`. A program that a signal kills ends with that signal, as `unshare` passes it on.
 *
 * @throws {ProgramTimeout} after `timeoutMs`.
 * @example
 * import { equal } from 'node:assert/strict';
 * import { writeFileSync } from 'node:fs';
 * import { runUnshared } from '@ephemetry/testing';
 *
 * writeFileSync('host.mjs', 'process.exit(process.pid === 1 ? 7 : 8)');
 * const ended = await runUnshared('host.mjs');
 * if (ended.kind === 'unavailable') console.log(ended.reason);
 * else equal(ended.code, 7);
 */
export async function runUnshared(file: string, options: ProgramOptions = {}): Promise<UnsharedEnded> {
  const reason = unsharedUnavailable();
  if (reason !== undefined) return { kind: 'unavailable', reason };
  const program = [process.execPath, ...(options.execArgv ?? []), file, ...(options.args ?? [])];
  const args = [...UNSHARE, ...mounting(options.mounts ?? {}), ...program];
  const target = (pid: number): number => childrenOf(pid)[0]?.pid ?? 0;
  return {
    kind: 'ended',
    ...restoreKill(await superviseCommand({ path: 'unshare', args, target }, options)),
  };
}

/** A command that mounts, seen by nobody else, and becomes the program. */
function mounting(mounts: Readonly<Record<string, string>>): string[] {
  const script = 'set -e; while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"';
  const pairs = Object.entries(mounts).flatMap(([place, source]) => [source, place]);
  return pairs.length === 0 ? [] : ['sh', '-c', script, 'sh', ...pairs, '--'];
}

/**
 * `unshare` ends by the signal that ended the program, but util-linux 2.38 stumbles over SIGKILL, and only over it:
 * it resets the handler first, which SIGKILL refuses, and then complains and ends with 1.
 */
function restoreKill(ended: Ended): Ended {
  const complaint = 'unshare: sigprocmask unblock failed: Invalid argument\n';
  if (ended.code !== 1 || !ended.stderr.endsWith(complaint)) return ended;
  return { ...ended, code: null, signal: 'SIGKILL', stderr: ended.stderr.slice(0, -complaint.length) };
}

/** Why `runUnshared` cannot run here, found by trying it; nothing when it can. */
export function unsharedUnavailable(): string | undefined {
  const tried = spawnSync('unshare', [...UNSHARE, 'true'], { encoding: 'utf8', timeout: 10_000 });
  if (tried.error !== undefined) return `unshare cannot be started: ${tried.error.message}`;
  if (tried.status === 0) return undefined;
  return `unshare ${UNSHARE.join(' ')} is not allowed: ${tried.stderr.trim() || `it ended with ${tried.status}`}`;
}
