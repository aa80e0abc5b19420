/**
 * What a gateway takes, and what it costs. `pnpm bench:gateway` prints a table and rewrites the gateway's part of
 * docs/performance.md, in less than six minutes on two quiet cores; `--json` prints one array and writes nothing;
 * `--only throughput` (generator, throughput, parts, checks, growth, memory, delay, victoria) measures one thing and writes nothing.
 */
import { parseArgs } from 'node:util';
import { type Figure, toJson, toTable } from '../scripts/figure.ts';
import { measureChecks } from './bench/checks.ts';
import { measureDelay } from './bench/delay.ts';
import { measureGrowth } from './bench/growth.ts';
import { measureMemory } from './bench/memory.ts';
import { writeGatewayPart } from './bench/page.ts';
import { measureGenerator, measureParts, measureThroughput } from './bench/throughput.ts';
import { measureVictoria } from './bench/victoria.ts';
import { prepareTools } from './tools.ts';

const MEASUREMENTS = {
  throughput: measureThroughput,
  generator: measureGenerator,
  parts: measureParts,
  checks: measureChecks,
  growth: measureGrowth,
  memory: measureMemory,
  delay: measureDelay,
  victoria: measureVictoria,
};

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});
prepareTools(() => {});
const figures: Figure[] = [];
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  if (values.only !== undefined && values.only !== name) continue;
  process.stderr.write(`${name} …\n`);
  figures.push(...(await measure()));
}
process.stdout.write(values.json ? toJson(figures) : toTable(figures));
if (!values.json && values.only === undefined) writeGatewayPart(figures);
