/** The arguments of `ephemetry status`. */
import type { Command } from 'commander';
import type { StatusCommandOptions } from '../commands/status.ts';
import type { Output } from '../terminal/output.ts';
import { SPOOL_DIR_HELP } from './delivery-options.ts';
import type { Ended } from './ended.ts';

/** What commander makes of the options below: flags that are not given are missing. */
type Given = Omit<StatusCommandOptions, 'json'> & Partial<Pick<StatusCommandOptions, 'json'>>;

export function addStatus(program: Command, output: Output, ended: Ended): void {
  program
    .command('status')
    .description('Show what the spool holds. Changes nothing.')
    .option('--json', 'print one JSON object')
    .option('--spool-dir <directory>', SPOOL_DIR_HELP)
    .addHelpText(
      'after',
      `
OWNER tells who holds a file: alive (a running program or drain), ended (the next run or drain takes
it), elsewhere (another container or machine, which cannot be asked).

Examples:
  ephemetry status
  ephemetry status --json | jq .batches
  ephemetry status || ephemetry drain

Exit codes: 0 no batch waits, 1 the spool cannot be used, 2 wrong arguments, 3 batches wait.`,
    )
    .action(async (options: Given) => {
      const { status } = await import('../commands/status.ts');
      ended(status({ ...options, json: options.json === true }, output));
    });
}
