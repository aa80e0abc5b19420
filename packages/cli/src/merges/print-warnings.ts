/** What was seen when a database was opened, and does not stop a command. */
import type { Output } from '../terminal/output.ts';

/** What a command says that analyzed and has no page to show it on. */
export const HELD_BACK =
  'an open transaction may hold merges back; `ephemetry merges` shows how many, and which process\n';

/** On standard error, a line each. */
export function printWarnings(warnings: readonly string[], output: Output): void {
  for (const warning of warnings) output.printError(`warning: ${warning}\n`);
}
