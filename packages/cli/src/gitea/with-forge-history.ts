/** Opens the history of a gitea verb, and turns what goes wrong with it into a sentence. */
import { type ForgeHistory, openForgeHistory } from '@ephemetry/forge';
import { describeFault } from '@ephemetry/store';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { VERSION } from '../generated/version.ts';
import type { Output } from '../terminal/output.ts';

/** Opens the history, does something with it and closes it. What is wrong with it is told on standard error. */
export async function withForgeHistory(
  place: string,
  output: Output,
  run: (history: ForgeHistory) => Promise<ExitCode>,
): Promise<ExitCode> {
  const opened = await openForgeHistory(place, { version: VERSION });
  if (opened.kind !== 'open') {
    output.printError(`${opened.message}\n`);
    return EXIT_CODE.failed;
  }
  const { history } = opened;
  try {
    return await run(history);
  } catch (error) {
    const refusal = describeFault(error, history.shown);
    if (refusal === undefined) throw error;
    output.printError(`the history cannot be used: ${refusal.message}\n`);
    return EXIT_CODE.failed;
  } finally {
    await history.close();
  }
}
