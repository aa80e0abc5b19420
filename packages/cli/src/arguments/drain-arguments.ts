/** The arguments of `ephemetry drain`. */
import { type Command, Option } from 'commander';
import type { DrainCommandOptions } from '../commands/drain.ts';
import type { Output } from '../terminal/output.ts';
import { addDeliveryOptions } from './delivery-options.ts';
import type { Ended } from './ended.ts';
import { wholeNumber } from './option-values.ts';

/** What commander makes of the options below: flags that are not given are missing. */
type Given = Omit<DrainCommandOptions, 'json' | 'watch'> &
  Partial<Pick<DrainCommandOptions, 'json' | 'watch'>>;

export function addDrain(program: Command, output: Output, ended: Ended): void {
  const command = program
    .command('drain')
    .description('Deliver what earlier runs left in the spool.')
    .option('--watch', 'go on until a signal, then drain once more')
    .option('--interval <seconds>', 'with --watch: pause between two drains', wholeNumber(1, 86_400), 5)
    .addOption(
      new Option(
        '--rejected',
        'send once more what a Collector had rejected, instead of what waits',
      ).conflicts('watch'),
    )
    .addOption(
      new Option(
        '--in-doubt',
        'send what was sent and never answered too, whatever the settings say',
      ).conflicts('rejected'),
    )
    .option('--json', 'print one JSON line for each drain');
  addDeliveryOptions(command)
    .addHelpText(
      'after',
      `
Batches of programs that still run are left to them. Settings that are not named come from the
environment, as with the exporter (EPHEMETRY_SPOOL_DIR, OTEL_EXPORTER_OTLP_*).

What a Collector rejects is kept in rejected/ with the reason. When the reason is mended, --rejected makes one
attempt for each; what is rejected again stays there, with the new reason.

What was sent and never answered is in doubt: it may have arrived. EPHEMETRY_IN_DOUBT (resend, keep or drop) says
what becomes of it; --in-doubt sends it, and it may then count twice where the receiver does not know it again.

Examples:
  ephemetry drain
  ephemetry drain --endpoint http://localhost:4318/v1/metrics --json
  ephemetry drain --watch --interval 10
  ephemetry drain --rejected

Exit codes: 0 all delivered or nothing to do, 1 something remains, was rejected, given up or removed by the
spool's limits, 2 wrong arguments. Half-written lines of killed runs are said, and were never batches. With --watch:
those of the last drain.`,
    )
    .action(async (options: Given) => {
      const { drain } = await import('../commands/drain.ts');
      ended(await drain({ ...options, watch: options.watch === true, json: options.json === true }, output));
    });
}
