/** Opens the history of a verb, and turns what goes wrong with it into a sentence. */
import { type History, historyFault, openHistory } from '@ephemetry/test-results/history';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { VERSION } from '../generated/version.ts';
import type { Output } from '../terminal/output.ts';
import { HISTORY_VARIABLE, historyPlace } from './history-options.ts';

/**
 * Opens the history, does something with it and closes it. What is wrong with it is told on standard error.
 *
 * @returns what was done, or undefined when the history failed
 */
export async function withHistory<Result>(
  place: string,
  mayCreate: boolean,
  output: Output,
  run: (history: History) => Promise<Result>,
): Promise<Result | undefined> {
  const history = await openHistory(place, { version: VERSION, mayCreate });
  if (!('kysely' in history)) {
    const way = history.kind === 'missing' ? '; `ephemetry tests report --history` makes one' : '';
    output.printError(`the history cannot be used: ${history.message}${way}\n`);
    return undefined;
  }
  try {
    return await run(history);
  } catch (error) {
    const refusal = historyFault(error, history);
    if (refusal === undefined) throw error;
    output.printError(`the history cannot be used: ${refusal.message}\n`);
    return undefined;
  } finally {
    await history.close();
  }
}

/** Looks into the history that must be there. */
export async function lookInto(
  given: string | undefined,
  output: Output,
  run: (history: History) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = historyPlace(given, process.env);
  if (place === undefined) {
    output.printError(
      `--history is missing; allowed: a directory or postgres://…, also in ${HISTORY_VARIABLE}\n`,
    );
    return EXIT_CODE.usage;
  }
  return (await withHistory(place, false, output, run)) ?? EXIT_CODE.failed;
}
