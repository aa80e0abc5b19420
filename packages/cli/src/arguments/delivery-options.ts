/** Options of every command that delivers. */
import type { Command } from 'commander';
import { httpUrl, wholeNumber } from './option-values.ts';

export const SPOOL_DIR_HELP: string =
  'the spool (default: EPHEMETRY_SPOOL_DIR, else as the exporter finds it)';

export function addDeliveryOptions(command: Command): Command {
  return command
    .option('--spool-dir <directory>', SPOOL_DIR_HELP)
    .option('--endpoint <url>', 'full URL to post to (default: as OTEL_EXPORTER_OTLP_* say)', httpUrl)
    .option(
      '--timeout-ms <number>',
      'longest wait for one answer (default: 10000)',
      wholeNumber(1, 3_600_000),
    );
}
