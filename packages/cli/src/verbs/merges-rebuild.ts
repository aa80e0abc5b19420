/** `ephemetry merges rebuild`: the analyzer's own tables again, from the outbox alone. */
import { defineVerb } from '../command-line/define-verb.ts';
import { flag } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { DATABASE_HELP, DATABASE_OPTIONS, type DatabaseValues } from '../merges/database-options.ts';
import { STEP_REPORT } from '../merges/merges-json.ts';
import { HELD_BACK, printWarnings } from '../merges/print-warnings.ts';
import { openAnalyzer, withDatabase } from '../merges/with-database.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';

export const verb: Verb = defineVerb({
  name: 'merges rebuild',
  summary: "Rebuild the analyzer's tables from the orchestrator's event table (events_outbox).",
  help: `${DATABASE_HELP}

Announces no crossing twice. Also finds merges that were written long after their id was drawn. If the outbox has lost merges that were counted, it changes nothing and says so.`,
  examples: [
    'ephemetry merges rebuild',
    'ephemetry merges rebuild --retry-quarantined --clock-tolerance-ms 86400000',
  ],
  exits: { done: 'rebuilt', failed: 'nothing is rebuilt' },
  options: {
    ...DATABASE_OPTIONS,
    retryQuarantined: flag(
      'read the left-out rows again; those that are valid now count as the newest merges',
    ),
    json: flag('print one JSON object'),
  },
  json: STEP_REPORT,
  run: rebuild,
});

interface Values extends DatabaseValues {
  /** Whether what was left out is read again. */
  readonly retryQuarantined: boolean;
  readonly json: boolean;
}

function rebuild(options: Values, output: Output): Promise<ExitCode> {
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
