/** Names that commands go by: values of the label `command`. */
import { basename } from 'node:path';
import { UNKNOWN } from '@ephemetry/contract';

/** What a name may be: text that reads the same in a query, a file and a terminal. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,63}$/;

/** What is allowed, for messages. */
export const NAME_RULE =
  'allowed: 1 to 64 letters, digits and . _ : @ + / -, the first one a letter or a digit';

/** Whether it can be the value of the label. */
export function isCommandName(name: string): boolean {
  return NAME.test(name) && name !== UNKNOWN;
}

/** The name of a command that was given none: that of its file, if it can be one. */
export function nameOfCommand(command: string): string {
  const name = basename(command);
  return isCommandName(name) ? name : UNKNOWN;
}
