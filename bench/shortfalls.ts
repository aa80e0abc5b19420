/** Why a figure that misses its bar misses it, in figures of the same run. */
import { isMet } from '../scripts/figure.ts';
import type { Figure } from './figure.ts';

/** Markdown paragraphs, or a sentence that nothing falls short. */
export function describeShortfalls(figures: readonly Figure[]): string {
  const missed = figures.filter(({ spread, bar }) => bar !== undefined && !isMet(spread.median, bar));
  if (missed.length === 0) return 'Every bar is met in this run.';
  return missed.map((figure) => `- \`${figure.name}\`: ${causeOf(figure, figures)}`).join('\n');
}

/** What bare Node took where the bars in milliseconds were set. */
const BARE_NODE_MS = 28;

function causeOf({ name, unit, spread }: Figure, figures: readonly Figure[]): string {
  const median = (wanted: string): number =>
    figures.find((figure) => figure.name === wanted)?.spread.median ?? Number.NaN;
  const bareMs = median('process.bare');
  if (name === 'session.delivered.ratio') {
    const floorMs = bareMs + median('start.main_thread') + median('start.empty_thread');
    const floor = (floorMs / median('process.raw_post')).toFixed(2);
    return `a program that measures and calls \`process.exit\` at once waits for its delivery thread to boot. Bare Node, the import and a
  worker thread that does nothing come to ${Math.round(floorMs)} ms, ${floor} of the raw POST, before the thread can load \`node:http\` and
  send. Tried without gain: minifying the thread, heap limits, a compile cache, fewer thread options. A reader of HTTP answers of
  our own on \`node:net\` came nearer, not to the bar, and is not part of this run; a client that reads every answer right is
  worth more. A program that ends by itself pays \`session.natural.ratio\` instead.`;
  }
  if (name === 'session.natural.ratio' || name === 'session.natural.lean_ratio') {
    const ourMs = median('start.main_thread') + median('start.first_add') + median('start.first_persist');
    return `import, first measurement and first persist took ${ourMs.toFixed(1)} ms of this run's ${Math.round(median('process.natural') - bareMs)} ms above bare Node. A
  profile names no single cause: it is code that runs once, a third of it Node's own (\`node:http\`, the request). Tried without
  gain: leaving out what such an end never runs, a third of what the main thread compiles. Node's compile cache takes 4 to 7 %
  off, but it is one for all modules of a process and writes files, so the program turns it on (\`NODE_COMPILE_CACHE\`) and no
  library; the flags of V8 are the program's too.`;
  }
  if (name === 'exit.refused.inside') {
    const restMs = spread.median - median('start.empty_thread');
    return `among exit listeners no event loop turns, so that only a thread can learn that nobody listens, and any thread takes
  ${Math.round(median('start.empty_thread'))} ms to its first word in this run, where bare Node takes ${Math.round(bareMs)} ms; the bar was set where it takes ${BARE_NODE_MS} ms. Of the other
  ${Math.round(restMs)} ms two thirds are the thread's (what delivers is compiled, \`node:http\`, the connection), a third is what the main
  thread leaves: names, limits, the verdict, the line. Looking into \`/proc/net/tcp\` instead would be wrong where a rule of the
  firewall leads the port elsewhere.`;
  }
  if (name === 'command.end.added') {
    return `the end makes instruments, writes their batch, opens a connection, reads the answer and looks at what earlier runs left, each
  for the first time in its process: code that is compiled as it runs. What delivers is compiled and \`node:http\` loaded while the
  command lives, and no thread is booted, which took the end from 39 to 23 ms of processor time on a machine with a load of 30. A
  connection that waits open as long as the command would spare some of the rest, and cost the Collector one for each command.`;
  }
  if (unit === 'ms' && bareMs > 1.25 * BARE_NODE_MS) {
    return `its bar in milliseconds was set where bare Node takes ${BARE_NODE_MS} ms. In this run it took ${Math.round(bareMs)} ms.`;
  }
  return 'missed in this run; the cause is not known. Measure again on a quiet machine first.';
}
