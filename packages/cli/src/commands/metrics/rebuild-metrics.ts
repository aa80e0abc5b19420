/** `ephemetry metrics rebuild`: the analyzer's own tables again, from the outbox alone. */
import { EXIT_CODE, type ExitCode } from '../../exit-code.ts';
import { count } from '../../terminal/counted.ts';
import type { Output } from '../../terminal/output.ts';
import { HELD_BACK, printWarnings } from './print-warnings.ts';
import { type DatabaseOptions, openAnalyzer, withDatabase } from './with-database.ts';

/** Options of the command. */
export interface RebuildMetricsOptions extends DatabaseOptions {
  /** Whether what was left out is read again. */
  readonly retryQuarantined: boolean;
  readonly json: boolean;
}

export function rebuildMetrics(options: RebuildMetricsOptions, output: Output): Promise<ExitCode> {
  return withDatabase(options, output, false, async (database) => {
    const analyzer = await openAnalyzer(database, options);
    printWarnings(analyzer.warnings, output);
    const report = await analyzer.rebuild({ retryQuarantined: options.retryQuarantined });
    if (options.json) {
      output.printJson(report);
    } else {
      const merges = count(report.mergesSoFar, 'merge', 'merges');
      const crossings = count(report.crossings, 'threshold crossing', 'threshold crossings');
      output.print(
        `rebuilt: ${merges}, ${report.merges} of them found now; ${crossings}, ${report.quarantined} left out\n`,
      );
    }
    if (report.isHeldBack) output.printError(HELD_BACK);
    return EXIT_CODE.done;
  });
}
