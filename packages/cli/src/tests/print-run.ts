/** Prints a run that was reported, in the format that was asked for, and what became of its delivery. */
import type { DrainReport } from '@ephemetry/exporter';
import { drainLines } from '../drain/drain-lines.ts';
import type { Output } from '../terminal/output.ts';
import { snakeCased } from '../terminal/snake-cased.ts';
import type { ReportValues } from './report-options.ts';
import { type ReportedRun, runJson } from './run-json.ts';
import { runLines } from './run-lines.ts';
import { runMarkdown } from './run-markdown.ts';

/** @param delivery undefined where nothing was sent */
export function printRun(
  { json, format }: Pick<ReportValues, 'json' | 'format'>,
  reported: ReportedRun,
  delivery: DrainReport | undefined,
  output: Output,
): void {
  if (json || format === 'json') {
    const sent = delivery === undefined ? {} : { delivery: snakeCased(delivery) };
    output.printDocument(`${JSON.stringify({ ...runJson(reported), ...sent })}\n`);
    return;
  }
  if (format === 'markdown') output.printDocument(runMarkdown(reported));
  else {
    output.printLines(runLines(reported));
    for (const problem of reported.problems) output.printError(`${problem}\n`);
  }
  if (delivery === undefined) return;
  const { result, notes } = drainLines(delivery);
  if (format === 'table') output.print(`${result}\n`);
  for (const note of notes) output.printError(`${note}\n`);
}
