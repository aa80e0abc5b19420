/** The rows of the exit matrix: the endings of `fixtures/endings.ts`, and what is done to them from outside. */
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Ended, type ProgramOptions, type Receiver, runProgram, runUnshared } from '@ephemetry/testing';
import { ENDINGS, SIGNALS } from './fixtures/endings.ts';

/** One row. */
export interface MatrixEnding {
  readonly name: string;
  /** The key of `ENDINGS` that the program goes by. */
  readonly program: string;
  /** Sent when the program is ready for it. */
  readonly signal?: NodeJS.Signals;
  /** The signal is sent again while the program waits for the Collector. */
  readonly isSentTwice: boolean;
  /** As in a container, where signals without a handler are ignored. */
  readonly isProcess1: boolean;
  /** It may end before it has said anything. */
  readonly isHard: boolean;
  /** How often the program measures. */
  readonly measures: 1 | 2;
  /** How it must end where bare Node is no model. @default as without telemetry */
  readonly expected?: Pick<Ended, 'code' | 'signal'>;
}

/** What an ended program shows. */
export interface MatrixEnded {
  readonly ended: Ended;
  /** Telemetry's share of the wall time: from the signal to the end, else between the first and the last exit listener. */
  readonly lostMs: number;
}

const PROGRAM = fileURLToPath(new URL('./fixtures/dying-program.ts', import.meta.url));
const UNHANDLED = 'a signal without a handler';
const AT_ONCE = 'a signal and at once another';
const HARD = ['SIGKILL', 'abort', 'out of memory'];
const HANDLERS = ['a handler that exits', 'a handler that goes on'];
/**
 * The second signal is sent when the Collector has got a connection. Its batch is on disk by then, and the program
 * waits: for good where the Collector never answers, and where it answers at once the signal meets the program in the
 * middle of its wait, just before its death, or too late. All three must end alike.
 */
const AGAIN = { what: 'a connection to the Collector', deadlineMs: 60_000 };

/** Every row. */
export const MATRIX_ENDINGS: readonly MatrixEnding[] = [
  ...Object.keys(ENDINGS)
    .filter((program) => program !== UNHANDLED && program !== AT_ONCE)
    .filter((program) => SIGNALS.every((signal) => !program.startsWith(signal)))
    .map((program) => row(program, { program, isHard: HARD.includes(program) })),
  row('SIGTERM, and at once another', { program: AT_ONCE, signal: 'SIGTERM', isHard: true }),
  ...SIGNALS.flatMap((signal) => [
    row(signal, { program: UNHANDLED, signal }),
    // How bare Node ends by one such signal: the second one finds no listener of ours any more.
    row(`${signal}, again while it waits`, { program: UNHANDLED, signal, isSentTwice: true, isHard: true }),
    row(`${signal} as process 1`, {
      program: UNHANDLED,
      signal,
      isProcess1: true,
      // Bare Node would live on: the kernel keeps such a signal from process 1.
      expected: { code: 128 + constants.signals[signal], signal: null },
    }),
    ...HANDLERS.map((handler) => `${signal} with ${handler}`).flatMap((program) => [
      row(program, { program, signal }),
      row(`${program}, as process 1`, { program, signal, isProcess1: true }),
    ]),
  ]),
];

function row(name: string, traits: Partial<MatrixEnding> & { readonly program: string }): MatrixEnding {
  const isMeasuringTwice = /late exit handler|goes on/.test(traits.program);
  return {
    name,
    isSentTwice: false,
    isProcess1: false,
    isHard: false,
    measures: isMeasuringTwice ? 2 : 1,
    ...traits,
  };
}

/** Runs the program to its end. `receiver` is where its Collector is, or was. */
export async function runEnding(
  ending: MatrixEnding,
  env: Readonly<Record<string, string>>,
  receiver: Pick<Receiver, 'waitFor' | 'connections'>,
  mounts: Readonly<Record<string, string>> = {},
): Promise<MatrixEnded> {
  let signalledAtMs: number | undefined;
  let isOver = false;
  const isMet = (): boolean => isOver || receiver.connections > 0;
  let sentAgain: Promise<void> | undefined;

  const ended = await run(ending, {
    args: [ending.program],
    env,
    mounts,
    onMark: (mark, program) => {
      const { signal, isSentTwice } = ending;
      if (signal === undefined) return;
      if (mark === 'ready') {
        program.kill(signal);
        signalledAtMs = performance.now();
        if (isSentTwice) sentAgain = receiver.waitFor(isMet, AGAIN).then(() => program.kill(signal));
      }
      // Nobody to connect to: the wait is over as soon as it has begun, and this is what is left of it.
      if (isSentTwice && mark.startsWith('verdict ')) program.kill(signal);
    },
  }).finally(() => {
    isOver = true;
  });

  const lostMs =
    signalledAtMs === undefined ? betweenExitListeners(ended) : performance.now() - signalledAtMs;
  await sentAgain;
  return { ended, lostMs };
}

/** By name, and whether the program was process 1. */
const bareEndings: Map<string, Promise<Ended>> = new Map();

/** The same ending without telemetry. Run once in a file of tests: no Collector has a part in it. */
export function bareEnding(ending: MatrixEnding): Promise<Ended> {
  const key = `${ending.name} ${ending.isProcess1}`;
  const known = bareEndings.get(key) ?? runBare(ending);
  bareEndings.set(key, known);
  return known;
}

async function runBare({ program, signal, isProcess1 }: MatrixEnding): Promise<Ended> {
  const signalWhen = signal === undefined ? [] : { mark: 'ready', signal };
  return await run({ program, isProcess1 }, { args: [program, 'bare'], signalWhen });
}

async function run(
  { program, isProcess1 }: Pick<MatrixEnding, 'program' | 'isProcess1'>,
  options: ProgramOptions,
): Promise<Ended> {
  const execArgv = program === 'out of memory' ? ['--max-old-space-size=24'] : [];
  const all = { ...options, execArgv, timeoutMs: 120_000 };
  if (!isProcess1) return await runProgram(PROGRAM, all);
  const ended = await runUnshared(PROGRAM, all);
  if (ended.kind === 'unavailable') throw new Error(ended.reason);
  return ended;
}

/** Nothing for endings without an exit event. */
function betweenExitListeners({ marks }: Ended): number {
  const at = (mark: string): number =>
    Number(marks.findLast((line) => line.startsWith(mark))?.slice(mark.length) ?? 0);
  return at('exit ends ') - at('exit began ');
}
