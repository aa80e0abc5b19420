/** Where a push keeps its batches: in the spool, for a delivery in the background, or in a run that delivers now. */
import type { DeliveryFailure } from '@ephemetry/exporter';
import { type BatchFile, openBatchFile } from '@ephemetry/exporter/spool';
import { endTurn, takeTurn } from '@ephemetry/wrapper/push';
import { present } from '../command-line/present.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { isInRun } from './is-in-run.ts';
import type { PushValues } from './push-options.ts';
import type { PushPlace } from './push-place.ts';

/** A push is a file, and a script may make many while the Collector is away. */
const FILES_LIMIT = 10_000;
const FILES_VARIABLE = 'EPHEMETRY_SPOOL_LIMIT_FILES';

/** @returns the exit code where there is no place: telemetry is off, or why there is none was said */
export async function openPushPlace(values: PushValues, output: Output): Promise<PushPlace | ExitCode> {
  const { service, spoolDir, endpoint, spoolOnly } = values;
  const options = {
    ...present({ serviceName: service, spoolDir, endpoint }),
    ...(spoolOnly ? { delivery: 'spool-only' as const } : {}),
    ...((process.env[FILES_VARIABLE] ?? '') === '' ? { spoolLimitFiles: FILES_LIMIT } : {}),
  };
  if (values.now) {
    const { openRun } = await import('./push-run.ts');
    return openRun(options);
  }
  const opened = openBatchFile(options);
  if (opened.kind === 'disabled') return EXIT_CODE.done;
  if (opened.kind === 'refused') return tellRefused(opened.failure, output);
  for (const problem of opened.problems) output.printError(`${problem}\n`);
  const { file, isSpoolOnly } = opened;
  const settle = async (): Promise<void> => {
    file.close();
    if (takeTurn(file.directory)) await deliverOrTidy(file, isSpoolOnly, values);
  };
  return {
    keep: (bodyOf) => {
      const failure = file.append(bodyOf);
      return failure?.kind === 'spool'
        ? `the spool ${failure.path} takes no batch (${failure.detail})`
        : undefined;
    },
    // What fails now comes again with the next one, and at the end.
    handOver: () => void settle().catch(() => {}),
    end: async () => {
      await settle();
      return EXIT_CODE.done;
    },
  };
}

async function deliverOrTidy(file: BatchFile, isSpoolOnly: boolean, values: PushValues): Promise<void> {
  if (isSpoolOnly || isInRun(process.env)) {
    file.removeOverLimits();
    endTurn(file.directory);
    return;
  }
  const { startDelivery } = await import('./start-delivery.ts');
  startDelivery(file.directory, values.endpoint);
}

async function tellRefused(failure: DeliveryFailure, output: Output): Promise<ExitCode> {
  const { describeFailure } = await import('@ephemetry/exporter');
  output.printError(`${describeFailure(failure)}\n`);
  return EXIT_CODE.failed;
}
