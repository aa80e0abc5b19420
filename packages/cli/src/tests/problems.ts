/** What people should know of the reports of a run. */
import type { CollectedRun, ReportOutcome } from '@ephemetry/test-results';
import { count } from '../terminal/counted.ts';

const FINE: readonly ReportOutcome[] = ['read', 'empty'];

/** One sentence for each report that does not count, and for characters that were replaced. */
export function problemsOf({ reports, lost }: CollectedRun, missing: number): readonly string[] {
  const replaced = reports.reduce((sum, { replacedCharacters }) => sum + replacedCharacters, 0);
  const unnamed = missing - lost.length;
  return [
    ...reports
      .filter(({ outcome }) => !FINE.includes(outcome))
      .map(
        ({ path, outcome, detail }) => `${path} is ${outcome}: ${shortened(detail ?? 'no reason is known')}`,
      ),
    ...lost.map((path) => `${path} is lost: it was begun or named, and is not there`),
    ...(unnamed > 0
      ? [
          `${count(unnamed, 'report', 'reports')} of those that --expect asks for ${unnamed === 1 ? 'is' : 'are'} lost`,
        ]
      : []),
    ...(replaced > 0
      ? [
          `${count(replaced, 'character', 'characters')} that XML forbids ${replaced === 1 ? 'was' : 'were'} replaced`,
        ]
      : []),
  ];
}

/** A parser's message may quote megabytes of the report. */
function shortened(detail: string): string {
  return detail.length <= 200 ? detail : `${detail.slice(0, 200)}…`;
}
