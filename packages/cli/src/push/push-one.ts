/** Pushes the one measurement of a command line. */
import { type Measurement, Pusher } from '@ephemetry/wrapper/push';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { processStartUnixMs } from './process-start.ts';
import type { PushValues } from './push-options.ts';
import { openPushPlace } from './push-spool.ts';

/** @param measurement is known to count */
export async function pushOne(
  measurement: Measurement,
  values: PushValues,
  output: Output,
): Promise<ExitCode> {
  const place = await openPushPlace(values, output);
  if (typeof place === 'number') return place;
  const pusher = new Pusher(place, processStartUnixMs(), (failure) =>
    output.printError(`not pushed: ${failure}\n`),
  );
  pusher.push(measurement);
  pusher.keep();
  const code = await place.end();
  return pusher.hasFailed() ? EXIT_CODE.failed : code;
}
