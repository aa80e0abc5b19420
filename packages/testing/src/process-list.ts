import { readdirSync, readFileSync } from 'node:fs';

/** A live process, as /proc tells it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly sessionId: number;
  /** The short name of the executable. */
  readonly name: string;
}

/** Live direct children of a process, zombies left out. @throws {Error} where there is no /proc (not Linux). */
export function childrenOf(pid: number): ListedProcess[] {
  return listProcesses().filter((each) => each.parentPid === pid);
}

/**
 * Live processes that a started program left behind: those of its session (`sessionId`), and those that left
 * the session but carry its mark (`NAME=value`) in their environment.
 *
 * @throws {Error} where there is no /proc (not Linux).
 */
export function survivorsOf(sessionId: number, mark: string): ListedProcess[] {
  // Session 0 is the kernel's.
  if (sessionId <= 0) return [];
  return listProcesses().filter(
    (each) => each.sessionId === sessionId || readProcessFile(each.pid, 'environ').split('\0').includes(mark),
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

/** `pid (name) state ppid pgrp session …`; the name may hold blanks and brackets. Source: proc_pid_stat(5). */
function parseStat(stat: string): ListedProcess[] {
  const fields = /^(\d+) \((.*)\) (\S) (\d+) \d+ (\d+) /s.exec(stat);
  if (fields === null) return [];
  const [, pid, name = '', state, parentPid, sessionId] = fields;
  const isDead = state === 'Z' || state === 'X';
  return isDead
    ? []
    : [{ pid: Number(pid), parentPid: Number(parentPid), sessionId: Number(sessionId), name }];
}
