/** `ephemetry metrics`: every rate now. */
import { openForReading, readMetrics } from '@ephemetry/merge-analyzer';
import { EXIT_CODE, type ExitCode } from '../../exit-code.ts';
import type { Output } from '../../terminal/output.ts';
import { metricsLines } from './metrics-lines.ts';
import { printWarnings } from './print-warnings.ts';
import { analyzerOptions, type DatabaseOptions, withDatabase } from './with-database.ts';

/** Options of the command. */
export interface ShowMetricsOptions extends DatabaseOptions {
  readonly json: boolean;
}

export function showMetrics(options: ShowMetricsOptions, output: Output): Promise<ExitCode> {
  return withDatabase(options, output, false, async (database, place) => {
    const report = await readMetrics(await openForReading(database, analyzerOptions(options)));
    printWarnings(report.warnings, output);
    if (options.json) output.printJson(report);
    else {
      output.printLines(metricsLines(report, place));
      for (const { detail } of report.quarantine.newest) output.printError(`left out: ${detail}\n`);
    }
    return EXIT_CODE.done;
  });
}
