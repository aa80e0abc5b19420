/**
 * What a gateway takes, and what it costs. `pnpm bench:gateway` prints a table and rewrites the gateway's part of
 * docs/performance.md, in less than twenty minutes on two quiet cores; `--json` prints one array and writes nothing;
 * `--only throughput` (generator, throughput, parts, checks, growth, memory, delay, victoria, suites) measures one thing and writes
 * nothing.
 */
import { parseArgs } from 'node:util';
import { type Figure, toJson, toTable } from '../../scripts/figure.ts';
import { prepareTools } from '../support/tools.ts';
import { measureChecks } from './checks.ts';
import { measureDelay } from './delay.ts';
import { measureGrowth } from './growth.ts';
import { measureMemory } from './memory.ts';
import { writeGatewayPart } from './page.ts';
import { measureSuites } from './suites.ts';
import { measureGenerator, measureParts, measureThroughput } from './throughput.ts';
import { measureVictoria } from './victoria.ts';

const MEASUREMENTS = {
  throughput: measureThroughput,
  generator: measureGenerator,
  parts: measureParts,
  checks: measureChecks,
  growth: measureGrowth,
  memory: measureMemory,
  delay: measureDelay,
  victoria: measureVictoria,
  suites: measureSuites,
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
