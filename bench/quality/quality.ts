/**
 * What tests and health cost: `pnpm bench:quality` on a quiet machine, about six minutes. Prints a table and writes its part of
 * docs/performance.md. `--quick` measures a twentieth of it, and `--json` prints one array; both write nothing.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '@ephemetry/testing';
import { type Figure, toJson, toTable } from '../../scripts/figure.ts';
import { writePart } from '../../scripts/performance-page.ts';
import { measureHealth } from './health.ts';
import { measureHistory } from './history.ts';
import { measureIdle } from './idle.ts';
import { measureReports } from './reports.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const directory = temporaryDirectory();
const share = values.quick ? 0.05 : 1;
const figures: Figure[] = [];
try {
  for (const measure of [measureIdle, measureReports, measureHistory, measureHealth])
    for (const figure of await measure(directory.path, share)) {
      process.stderr.write(`${figure.name}: ${figure.value.toPrecision(3)} ${figure.unit}\n`);
      figures.push(figure);
    }
} finally {
  directory.remove();
}
process.stdout.write(values.json ? toJson(figures) : toTable(figures));
if (!values.json && !values.quick) writePart('pnpm bench:quality', toPart());

function toPart(): string {
  return `## Tests and health

${toTable(figures)}
${figures.map(({ name, meaning }) => `- \`${name}\`: ${meaning}.`).join('\n')}

CPU is user and system time of the whole process, loading of the program included; memory is its resident set at most. saxes
alone reads the same files and counts elements. Measured with Node ${process.versions.node} on ${process.platform} ${process.arch},
${availableParallelism()} cores; load average ${loadavg()[0]?.toFixed(1)}, the bench's own processes included.`;
}
