/** Whether the terminal sends its signals to this process, from Linux's /proc; elsewhere by standard input. */
import { readFileSync } from 'node:fs';

/**
 * Fields 5, 7 and 8 of proc_pid_stat(5): pgrp, tty_nr and tpgid. Asked when a signal comes: `fg` and `bg` change it.
 *
 * @param isTerminal whether standard input was a terminal at the start
 */
export function isInForeground(isTerminal: boolean): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return terminal !== '0' && group === foreground;
  } catch {
    return isTerminal;
  }
}
