/** Pushes what standard input holds: JSON lines as they come, or Prometheus text as a whole. */
import { type LineFault, Pusher, readJsonLine, readPrometheusText } from '@ephemetry/wrapper/push';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';
import { type InputLine, InputLines, LINE_LIMIT_RULE } from './input-lines.ts';
import { KeptSoon } from './kept-soon.ts';
import { processStartUnixMs } from './process-start.ts';
import type { PushValues } from './push-options.ts';
import type { PushPlace } from './push-place.ts';
import { openPushPlace } from './push-spool.ts';

/** How input is written. */
export type PushFormat = 'json' | 'prometheus';

/** A signal that ends a whole pipeline ends its writers, whose last lines are on their way. */
const LAST_LINES_WITHIN_MS = 250;
const TEXT_LIMIT_BYTES = 16 * 1024 * 1024;
const TOLD_LIMIT = 20;

/** Pushes until the input ends or a signal comes; what came until then is kept. */
export async function pushInput(format: PushFormat, values: PushValues, output: Output): Promise<ExitCode> {
  const place = await openPushPlace(values, output);
  if (typeof place === 'number') {
    // Whoever writes into a pipe that nobody reads is killed: the loop of a script would end in the middle of its work.
    await readInput(() => {});
    return place;
  }
  const pusher = new Pusher(place, processStartUnixMs(), (failure) =>
    output.printError(`not all was pushed: ${failure}\n`),
  );
  const faults = new Faults(output);
  const isStopped =
    format === 'json' ? await pushLines(place, pusher, faults) : await pushText(pusher, faults, output);
  pusher.keep();
  faults.tellRest();
  const code = await place.end();
  return !pusher.hasFailed() && faults.count === 0 && !isStopped ? code : EXIT_CODE.failed;
}

/** Returns whether a signal ended it. */
async function pushLines(place: PushPlace, pusher: Pusher, faults: Faults): Promise<boolean> {
  const lines = new InputLines();
  const kept = new KeptSoon({ keep: () => pusher.keep(), handOver: () => place.handOver() });
  const take = ({ number, text }: InputLine): void => {
    if (text?.trim() === '') return;
    const read =
      text === undefined ? { kind: 'fault' as const, message: LINE_LIMIT_RULE } : readJsonLine(text);
    const fault = read.kind === 'fault' ? read.message : pusher.push(read.measurement);
    if (fault !== undefined) faults.add({ line: number, message: fault });
  };
  const isStopped = await readInput((piece) => {
    for (const line of lines.take(piece)) take(line);
    kept.came();
  });
  kept.stop();
  for (const line of lines.end()) take(line);
  return isStopped;
}

/** A histogram is read when all of its lines are there. */
async function pushText(pusher: Pusher, faults: Faults, output: Output): Promise<boolean> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const isStopped = await readInput((piece) => {
    bytes += piece.length;
    if (bytes <= TEXT_LIMIT_BYTES) pieces.push(piece);
  });
  if (bytes > TEXT_LIMIT_BYTES) {
    faults.add({ line: 1, message: `the text has ${bytes} bytes; allowed: ${TEXT_LIMIT_BYTES}` });
    return isStopped;
  }
  const text = readPrometheusText(Buffer.concat(pieces).toString('utf8'));
  for (const fault of text.faults) faults.add(fault);
  for (const { line, measurement } of text.measurements) {
    const message = pusher.push(measurement);
    if (message !== undefined) faults.add({ line, message });
  }
  for (const note of text.notes) output.printError(`${note}\n`);
  return isStopped;
}

/** Returns whether a signal ended it before the input did. */
async function readInput(take: (piece: Buffer) => void): Promise<boolean> {
  const { stdin } = process;
  using stop = listenForStop();
  const onStop = (): void => void setTimeout(() => stdin.destroy(), LAST_LINES_WITHIN_MS).unref();
  stop.signal.addEventListener('abort', onStop, { once: true });
  const isEnded = await new Promise<boolean>((resolve) => {
    stdin.on('data', take);
    stdin.once('end', () => resolve(true)).once('close', () => resolve(!stop.signal.aborted));
    stdin.once('error', () => resolve(false));
  });
  return !isEnded;
}

/** Told one by one as long as there are few. */
class Faults {
  readonly #output: Output;
  #count = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  get count(): number {
    return this.#count;
  }

  add({ line, message }: LineFault): void {
    this.#count += 1;
    if (this.#count <= TOLD_LIMIT) this.#output.printError(`line ${line} does not count: ${message}\n`);
  }

  tellRest(): void {
    const rest = this.#count - TOLD_LIMIT;
    if (rest > 0)
      this.#output.printError(`${count(rest, 'further line does', 'further lines do')} not count\n`);
  }
}
