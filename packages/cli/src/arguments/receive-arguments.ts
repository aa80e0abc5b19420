/** The arguments of `ephemetry receive`. */
import type { Command } from 'commander';
import type { ReceiveOptions } from '../commands/receive.ts';
import type { Output } from '../terminal/output.ts';
import type { Ended } from './ended.ts';
import { wholeNumber } from './option-values.ts';

/** What commander makes of the options below: flags that are not given are missing. */
type Given = Omit<ReceiveOptions, 'json'> & Partial<Pick<ReceiveOptions, 'json'>>;

export function addReceive(program: Command, output: Output, ended: Ended): void {
  program
    .command('receive')
    .description('Listen for OTLP/HTTP metrics and show their totals, until a signal.')
    .option('--port <number>', 'port to listen on, 0 for any that is free', wholeNumber(0, 65_535), 4318)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--json', 'print one JSON line for each batch')
    .option(
      '--body-limit-bytes <number>',
      'largest request, packed and unpacked',
      wholeNumber(1, 2 ** 26),
      4_194_304,
    )
    .option('--series-limit <number>', 'most series', wholeNumber(1, 1e7), 100_000)
    .option('--stream-limit <number>', 'most streams of cumulative senders', wholeNumber(1, 1e7), 100_000)
    .option(
      '--series-memory-bytes <number>',
      'memory of series and their labels',
      wholeNumber(1, 2 ** 34),
      67_108_864,
    )
    .option(
      '--duplicate-memory-bytes <number>',
      'memory of points that came, to notice duplicates',
      wholeNumber(8_192, 2 ** 32),
      33_554_432,
    )
    .addHelpText(
      'after',
      `
Takes POST /v1/metrics in JSON and protobuf, plain and gzip. Serves GET /metrics for Prometheus, GET /healthz.
Deltas are added up, repeated batches dropped and counted, what cannot be merged is refused and counted.
Totals live in memory only.

Examples:
  ephemetry receive
  ephemetry receive --port 0 --json | jq -c 'select(.event == "batch")'
  curl -s http://127.0.0.1:4318/metrics

Exit codes: 0 ended by SIGINT or SIGTERM, 1 cannot listen, 2 wrong arguments.`,
    )
    .action(async (options: Given) => {
      const { receive } = await import('../commands/receive.ts');
      ended(await receive({ ...options, json: options.json === true }, output));
    });
}
