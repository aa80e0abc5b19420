/** What telemetry costs the main thread before and at the first measurement. */
import type { Figure } from '../figure.ts';
import { interleave } from '../interleave.ts';
import { runProcess } from '../process-run.ts';
import { spreadOf } from '../spread.ts';
import { type Surroundings, sendTo } from './surroundings.ts';

/** Import and start, measured inside; importing an empty module in a process of its own is subtracted. */
export async function measureStart({ effort, healthy }: Surroundings): Promise<Figure[]> {
  const env = sendTo(healthy.url);
  const rounds = await interleave(effort.rounds, {
    empty: () => runProcess('import-empty'),
    exporter: () => runProcess('import-exporter', { env }),
    thread: () => runProcess('thread-boot'),
  });
  const said = (program: 'exporter' | 'thread', name: string): Figure['spread'] =>
    spreadOf(rounds.map((run) => run(program).said[name] ?? Number.NaN));
  const startMs = rounds.map((run) => {
    const { importMs = Number.NaN, createMs = Number.NaN } = run('exporter').said;
    return importMs + createMs - (run('empty').said['importMs'] ?? Number.NaN);
  });
  return [
    {
      name: 'start.main_thread',
      meaning: 'Main-thread time of importing and starting the exporter, above importing an empty module',
      unit: 'ms',
      spread: spreadOf(startMs),
      bar: { limit: 8, goFor: 3 },
    },
    {
      name: 'start.create',
      meaning: 'Of that: creating the provider',
      unit: 'ms',
      spread: said('exporter', 'createMs'),
    },
    { name: 'start.first_add', meaning: 'The first add', unit: 'ms', spread: said('exporter', 'firstAddMs') },
    {
      name: 'start.first_persist',
      meaning: 'The first persist: opens the spool',
      unit: 'ms',
      spread: said('exporter', 'firstPersistMs'),
    },
    {
      name: 'start.empty_thread',
      meaning: 'Any worker thread, from its making to its first word: no delivery can begin sooner',
      unit: 'ms',
      spread: said('thread', 'bootMs'),
    },
  ];
}
