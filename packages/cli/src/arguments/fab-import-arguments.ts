/** The arguments of `ephemetry fab import`. */
import type { Command } from 'commander';
import type { FabImportOptions } from '../commands/fab-import.ts';
import type { Output } from '../terminal/output.ts';
import { addDeliveryOptions } from './delivery-options.ts';
import type { Ended } from './ended.ts';

/** What commander makes of the options below: flags that are not given are missing. */
type Given = Omit<FabImportOptions, 'json' | 'file'> & Partial<Pick<FabImportOptions, 'json'>>;

export function addFabImport(program: Command, output: Output, ended: Ended): void {
  const command = program
    .command('fab')
    .description('Metrics of a fab that is not instrumented.')
    .command('import')
    .description('Send what a .fab-perf.json has gained since its last import.')
    .argument('[file]', 'the file that fab writes', '.fab-perf.json')
    .option('--state <file>', 'where the last reading is remembered (default: beside the spool)')
    .option('--json', 'print one JSON object');
  addDeliveryOptions(command)
    .addHelpText(
      'after',
      `
The difference is in the spool before the reading is remembered as imported, and becomes visible there
after it: an import that is killed is neither lost nor counted twice. Do not import the file of a fab
that is instrumented: its sessions are counted already.

Examples:
  ephemetry fab import
  ephemetry fab import /work/.fab-perf.json --state /work/.fab-import.json

Exit codes: 0 imported (delivered, or safe in the spool) or nothing new, 1 nothing is imported, 2 wrong
arguments.`,
    )
    .action(async (file: string, options: Given) => {
      const { fabImport } = await import('../commands/fab-import.ts');
      ended(await fabImport({ ...options, file, json: options.json === true }, output));
    });
}
