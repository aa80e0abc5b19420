import type { ListedProcess } from './process-list.ts';

/** How to run a program. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  /**
   * Added to the clean environment, which holds PATH, HOME, TEST_PROGRAM (by which leftovers are found), and
   * NODE_COMPILE_CACHE where the tester has one.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Value of HOME. @default a temporary directory, removed after the end */
  readonly home?: string;
  /** Files that the program finds in the place of others: what lies at a value is seen at its key. Only for `runUnshared`. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** @default the current directory */
  readonly cwd?: string;
  /** Options for Node itself, before the file. */
  readonly execArgv?: readonly string[];
  /** Written to standard input, which is then closed. @default '' */
  readonly stdin?: string;
  /** Signals to send, each once, when the program has written that line to fd 3. */
  readonly signalWhen?: SignalWhen | readonly SignalWhen[];
  /** Called for each line on fd 3; a test that must act in between (stop the receiver) does it here. */
  readonly onMark?: (mark: string, program: RunningProgram) => void;
  readonly onStdout?: (text: string, program: RunningProgram) => void;
  readonly onStderr?: (text: string, program: RunningProgram) => void;
  /** Must be below the test's own timeout, which would leave the program running. @default 20000 */
  readonly timeoutMs?: number;
}

/** Which signal at which line on fd 3, where the program says `writeSync(3, 'ready\n')`. */
export interface SignalWhen {
  readonly mark: string;
  readonly signal: NodeJS.Signals;
}

/** The program while it runs. */
export interface RunningProgram {
  /** As seen from here, also when it is PID 1 in its own namespace. */
  readonly pid: number;
  /** Does nothing when it is gone. */
  kill(signal: NodeJS.Signals): void;
}

/** How a program ended. */
export interface Ended {
  /** Exit code; `null` when a signal killed it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines written to fd 3. */
  readonly marks: readonly string[];
  /** From just before the start to the exit, in milliseconds. */
  readonly wallMs: number;
  readonly pid: number;
  /** Processes that it left behind; they were killed. Always empty where there is no /proc. */
  readonly survivors: readonly ListedProcess[];
}

/** The program did not end in time and was killed. */
export class ProgramTimeout extends Error {
  override readonly name: string = 'ProgramTimeout';
  /** What it had said until then. */
  readonly ended: Ended;

  constructor(command: string, timeoutMs: number, ended: Ended) {
    const said = `marks ${JSON.stringify(ended.marks)}\nstdout: ${ended.stdout}\nstderr: ${ended.stderr}`;
    super(`${command} (pid ${ended.pid}) did not end within ${timeoutMs} ms and was killed; ${said}`);
    this.ended = ended;
  }
}
