/** Where a verb that pushes puts its batches, and who delivers them: the interface of the spool and of a run that delivers now. */
import type { PushSink } from '@ephemetry/wrapper/push';
import type { ExitCode } from '../exit-code.ts';

/** Takes batches, and sees to their delivery. */
export interface PushPlace extends PushSink {
  /** Has delivered what is kept so far, while more is pushed. Never throws. */
  handOver(): void;
  /** Delivers or has it delivered. */
  end(): Promise<ExitCode>;
}
