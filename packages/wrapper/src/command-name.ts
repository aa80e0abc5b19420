/** The label `command`: a name that is given or taken from the command, out of a number that is limited. */
import { closeSync, constants, fstatSync, readSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { COMMAND_LABELS, UNKNOWN } from '@ephemetry/contract';
import { openSafely, openSpoolDirectory } from '@ephemetry/exporter/spool';

/** What a name may be: text that reads the same in a query, a file and a terminal. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,63}$/;

/** What is allowed, for messages. */
export const NAME_RULE =
  'allowed: 1 to 64 letters, digits and . _ : @ + / -, the first one a letter or a digit';

/** Names that a spool remembers; one line each. */
const NAMES_FILE = 'command-names';

const LIMIT: number = COMMAND_LABELS.command.declared?.limit ?? 64;

/** The longest that the file of names can become, save what many at once may add. */
const FILE_LIMIT_BYTES = 64 * 1024;

/** Whether it can be the value of the label. */
export function isCommandName(name: string): boolean {
  return NAME.test(name) && name !== UNKNOWN;
}

/** The name of a command that was given none: that of its file, if it can be one. */
export function nameOfCommand(command: string): string {
  const name = basename(command);
  return isCommandName(name) ? name : UNKNOWN;
}

/**
 * The name if the spool knows it or has room for one more, else `unknown`. Two that ask at once get the same answer as one
 * after the other. Never throws: where nothing can be remembered every name is unknown.
 *
 * @param directories where a spool may be, the first that can be used
 */
export function rememberName(name: string, directories: readonly [string, ...string[]]): string {
  if (name === UNKNOWN) return UNKNOWN;
  const opened = openSpoolDirectory(directories);
  if (opened.kind === 'unusable') return UNKNOWN;
  try {
    return isRemembered(name, join(opened.path, NAMES_FILE)) ? name : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

/** Each appends first and reads then: of what stands in the file only the first names count. */
function isRemembered(name: string, path: string): boolean {
  const descriptor = openSafely(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND);
  try {
    const known = readNames(descriptor);
    if (known.includes(name)) return true;
    if (known.length >= LIMIT) return false;
    writeSync(descriptor, `${name}\n`);
    return readNames(descriptor).includes(name);
  } finally {
    closeSync(descriptor);
  }
}

function readNames(descriptor: number): readonly string[] {
  const buffer = Buffer.alloc(Math.min(fstatSync(descriptor).size, FILE_LIMIT_BYTES));
  const length = readSync(descriptor, buffer, 0, buffer.length, 0);
  const lines = buffer.toString('latin1', 0, length).split('\n').filter(isCommandName);
  return [...new Set(lines)].slice(0, LIMIT);
}
