import { readdirSync, readFileSync } from 'node:fs';

/** A live process, as /proc tells it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly sessionId: number;
  /** The short name of the executable. */
  readonly name: string;
  /** When it started: clock ticks since the machine booted. */
  readonly startTicks: number;
}

/** Live direct children of a process, zombies left out. @throws {Error} where there is no /proc (not Linux). */
export function childrenOf(pid: number): ListedProcess[] {
  return listProcesses().filter((each) => each.parentPid === pid);
}

/** When a process started, in clock ticks since the machine booted; 0 where that is not known. */
export function startTicksOf(pid: number): number {
  return parseStat(readProcessFile(pid, 'stat'))[0]?.startTicks ?? 0;
}

/**
 * Live processes that a started program left behind: those of its session (`sessionId`), and those that left
 * the session but carry its mark (`NAME=value`) in their environment. None of those that started before it, `sinceTicks`:
 * their environments need not be read.
 *
 * @throws {Error} where there is no /proc (not Linux).
 */
export function survivorsOf(sessionId: number, mark: string, sinceTicks: number): ListedProcess[] {
  // Session 0 is the kernel's.
  if (sessionId <= 0) return [];
  return listProcesses()
    .filter(({ startTicks }) => startTicks >= sinceTicks)
    .filter(
      (each) =>
        each.sessionId === sessionId || readProcessFile(each.pid, 'environ').split('\0').includes(mark),
    );
}

function listProcesses(): ListedProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => parseStat(readProcessFile(Number(name), 'stat')));
}

/** `''` when the process ended meanwhile or belongs to somebody else. */
function readProcessFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * `pid (name) state ppid pgrp session …`, and as the 22nd the start; the name may hold blanks and brackets.
 * Source: proc_pid_stat(5).
 */
function parseStat(stat: string): ListedProcess[] {
  const fields = /^(\d+) \((.*)\) (\S) (\d+) \d+ (\d+) (?:-?\d+ ){15}(\d+) /s.exec(stat);
  if (fields === null) return [];
  const [, pid, name = '', state, parentPid, sessionId, startTicks] = fields;
  const isDead = state === 'Z' || state === 'X';
  return isDead
    ? []
    : [
        {
          pid: Number(pid),
          parentPid: Number(parentPid),
          sessionId: Number(sessionId),
          name,
          startTicks: Number(startTicks),
        },
      ];
}
