/** `ephemetry runs report`: numbers of agent runs by any dimensions. */
import type { Selection } from '@ephemetry/run-telemetry';
import { reportRuns } from '@ephemetry/run-telemetry/store';
import { defineVerb } from '../command-line/define-verb.ts';
import { flag, optional } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { selection } from '../runs/compare-readers.ts';
import { DATABASE, DATABASE_HELP } from '../runs/database-options.ts';
import { REPORT_JSON, reportJson } from '../runs/report-json.ts';
import { reportLines } from '../runs/report-lines.ts';
import { dimensions, step } from '../runs/report-readers.ts';
import { withRunStore } from '../runs/with-run-store.ts';
import type { Output } from '../terminal/output.ts';

interface Values {
  readonly database: string | undefined;
  readonly where: Selection | undefined;
  readonly by: readonly string[] | undefined;
  readonly step: number | undefined;
  readonly json: boolean;
}

export const verb: Verb = defineVerb<Values>({
  name: 'runs report',
  summary: 'Show numbers of agent runs by model, tool, tag or any other dimension.',
  help: `Shows how many runs there are in each state, how many succeeded with a 95 % interval, how long runs and their calls took, what they used and cost, and what failed. Quantiles are values that were seen; --json names their runs.

Every number is of the runs of which it is known. Of how many it is not known stands beside it: unknown is not zero.

${DATABASE_HELP}`,
  examples: [
    'ephemetry runs report',
    'ephemetry runs report --by model,tool --where "project=checkout&from=2026-01-01&to=2026-01-08"',
    'ephemetry runs report --by tag.release --step 1d --json',
  ],
  exits: { done: 'shown', failed: 'there is no database, or it cannot be used' },
  options: {
    database: DATABASE,
    where: optional('selection', 'runs, such as "project=checkout&tag.release=1.4"', selection, 'all'),
    by: optional('dimensions', 'with commas, such as model,tool', dimensions, 'all runs together'),
    step: optional('time', 'a row for each step of time, such as 1h, 1d or 1w', step, 'the whole time'),
    json: flag('print one JSON object'),
  },
  json: REPORT_JSON,
  run: runsReport,
});

function runsReport({ database, where, by, step: stepMs, json }: Values, output: Output): Promise<number> {
  return withRunStore(database, output, async (store) => {
    const report = await reportRuns(store, present({ where, by, stepMs }));
    if (json) output.printDocument(`${JSON.stringify(reportJson(report))}\n`);
    else output.printLines(reportLines(report, by ?? []));
    for (const [dimension, others] of Object.entries(report.others))
      output.printError(
        `${dimension}: ${others} values are shown together as other; --where tells them apart\n`,
      );
    return EXIT_CODE.done;
  });
}
