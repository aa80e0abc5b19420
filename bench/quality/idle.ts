/** What a program needs before it does anything: memory of every other figure includes it. */
import type { Figure } from '../../scripts/figure.ts';
import { COMMAND, usageOf } from './process-usage.ts';

/** Measures it. */
export async function measureIdle(): Promise<readonly Figure[]> {
  const node = await usageOf(['-e', '0']);
  const command = await usageOf([COMMAND, 'tests', 'report', '--help']);
  return [
    { name: 'idle.node.peak', meaning: 'memory of `node -e 0`', unit: 'MiB', value: node.peakMiB },
    {
      name: 'idle.command.peak',
      meaning: 'memory of `ephemetry tests report --help`, which reads nothing',
      unit: 'MiB',
      value: command.peakMiB,
    },
  ];
}
