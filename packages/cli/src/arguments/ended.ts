/** How a command tells its exit code: commander's actions return nothing. */
import type { ExitCode } from '../exit-code.ts';

/** Called by a command with its exit code when it has ended. */
export type Ended = (code: ExitCode) => void;
