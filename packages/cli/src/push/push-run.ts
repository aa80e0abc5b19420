/** `--now`: a run that delivers what is pushed, and tells. */
import { createRelay, describeFailure, type ExporterOptions } from '@ephemetry/exporter';
import { EXIT_CODE } from '../exit-code.ts';
import type { PushPlace } from './push-place.ts';

/** The exporter says what is left, and why. */
export function openRun(options: ExporterOptions): PushPlace {
  const relay = createRelay({ ...options, delivery: 'send' });
  return {
    keep: (bodyOf) => {
      const outcome = relay.relay(({ resource }) => bodyOf(resource));
      return outcome.kind === 'unspooled' ? describeFailure(outcome.failure) : undefined;
    },
    // It delivers all the time.
    handOver: () => {},
    end: async () => {
      const { spooled, inDoubt, rejected, lost, lostDataPoints } = await relay.shutdown();
      return spooled + inDoubt + rejected + lost + lostDataPoints === 0 ? EXIT_CODE.done : EXIT_CODE.failed;
    },
  };
}
