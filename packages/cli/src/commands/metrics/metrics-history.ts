/** `ephemetry metrics history <metric>`: how a rate moved, newest merge first. */
import { readHistory } from '@ephemetry/merge-analyzer';
import { EXIT_CODE, type ExitCode } from '../../exit-code.ts';
import type { Output } from '../../terminal/output.ts';
import { type Column, textTable } from '../../terminal/text-table.ts';
import { describeReading } from './metrics-lines.ts';
import { openToLook } from './open-to-look.ts';
import { type RateOptions, rateAsked } from './rate-options.ts';
import { withDatabase } from './with-database.ts';

/** Options of the command. */
export interface MetricsHistoryOptions extends RateOptions {
  /** Merges. */
  readonly limit: number;
}

const COLUMNS: readonly Column[] = [
  { title: 'MERGE', align: 'right' },
  { title: 'MERGED AT', align: 'left' },
  { title: 'WORK ITEM', align: 'left' },
  { title: 'VALUE', align: 'left' },
  { title: 'SOURCE', align: 'left' },
  { title: 'CROSSED', align: 'left' },
];

export function metricsHistory(options: MetricsHistoryOptions, output: Output): Promise<ExitCode> {
  const { limit, json } = options;
  return withDatabase(options, output, false, async (database) => {
    const opened = await openToLook(database, options, output);
    if ('analyze' in opened) await opened.analyze();
    const entries = await readHistory(opened, { ...rateAsked(options), limit });
    if (json) for (const entry of entries) output.printJson(entry);
    else if (entries.length === 0)
      output.print(
        'analyze' in opened ? 'no merges yet\n' : 'no history is stored yet: an analyzer writes it\n',
      );
    else {
      const rows = entries.map((entry) => [
        String(entry.ordinal),
        entry.mergedAt,
        entry.workItemId,
        describeReading(entry),
        entry.source,
        entry.crossed ?? '',
      ]);
      output.printLines(textTable(COLUMNS, rows));
    }
    return EXIT_CODE.done;
  });
}
