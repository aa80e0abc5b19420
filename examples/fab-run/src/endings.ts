/** One way a process ends. */
export interface Ending {
  readonly description: string;
  /** What the operating system must report, as without telemetry: an exit code or a signal. */
  readonly expected: number | NodeJS.Signals;
  /** What the process does before it says that its end is near. */
  readonly prepare?: () => void;
  /** Its last statement. */
  readonly end: () => void;
  /** What the demo sends it then. */
  readonly signal?: NodeJS.Signals;
  /** Options for Node itself. */
  readonly execArgv?: readonly string[];
}

/** Every way a process ends, by name, in the order the demo shows them. */
export const ENDINGS: Readonly<Record<string, Ending>> = {
  natural: { description: 'runs to its end', expected: 0, end: () => {} },
  exit: { description: 'process.exit(3) in the same tick', expected: 3, end: () => process.exit(3) },
  throw: { description: 'uncaught error', expected: 1, end: throwError },
  rejection: { description: 'unhandled rejection', expected: 1, end: rejectUnheard },
  sigint: { description: 'SIGINT (Ctrl-C)', expected: 'SIGINT', signal: 'SIGINT', end: stayAlive },
  sigterm: { description: 'SIGTERM', expected: 'SIGTERM', signal: 'SIGTERM', end: stayAlive },
  sighup: { description: 'SIGHUP (terminal closed)', expected: 'SIGHUP', signal: 'SIGHUP', end: stayAlive },
  handled: {
    description: "SIGTERM, the program's own handler",
    expected: 7,
    signal: 'SIGTERM',
    prepare: handleSignal,
    end: stayAlive,
  },
  memory: {
    description: 'out of memory',
    expected: 'SIGABRT',
    execArgv: ['--max-old-space-size=40'],
    end: useUpMemory,
  },
  abort: { description: 'process.abort()', expected: 'SIGABRT', end: () => process.abort() },
  sigkill: { description: 'SIGKILL', expected: 'SIGKILL', signal: 'SIGKILL', end: stayAlive },
};

/** @throws RangeError when the name is not an ending. */
export function endingOf(name: string | undefined): Ending {
  const ending = ENDINGS[name ?? ''];
  if (ending !== undefined) return ending;
  throw new RangeError(`"${name}" is not an ending; allowed: ${Object.keys(ENDINGS).join(', ')}`);
}

function throwError(): never {
  throw new Error('a bug of the program');
}

function rejectUnheard(): void {
  void Promise.reject(new Error('nobody waits for this'));
}

function stayAlive(): void {
  setInterval(() => {}, 60_000);
}

function handleSignal(): void {
  process.on('SIGTERM', () => process.exit(7));
}

function useUpMemory(): never {
  const kept: string[][] = [];
  for (;;)
    kept.push(Array.from({ length: 10_000 }, (_, index) => `a notice that nobody lets go of ${index}`));
}
