/**
 * Measures what telemetry costs a program that dies. `pnpm bench` prints a table and rewrites
 * docs/performance.md; `--json` prints one array and writes nothing; `--quick` runs everything a few times only.
 */
import { parseArgs } from 'node:util';
import { writeRest } from '../scripts/performance-page.ts';
import { startCollector } from './collectors.ts';
import { QUICK, THOROUGH } from './effort.ts';
import type { Figure } from './figure.ts';
import { measureBlocked } from './figures/blocked.ts';
import { measureCommand } from './figures/command.ts';
import { measureExit, measureSilentExit } from './figures/exit.ts';
import { measureLateAnswers } from './figures/late.ts';
import { measureManySessions } from './figures/many-sessions.ts';
import { measureOutage } from './figures/outage.ts';
import { measureReceive } from './figures/receive.ts';
import { measureStart } from './figures/start.ts';
import { measureWholeProcess } from './figures/whole-process.ts';
import { buildPrograms } from './program-files.ts';
import { toJson, toPage, toTable } from './report.ts';

const MEASUREMENTS = [
  measureWholeProcess,
  measureStart,
  measureExit,
  measureSilentExit,
  measureLateAnswers,
  measureBlocked,
  measureManySessions,
  measureOutage,
  measureCommand,
  measureReceive,
];

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
await buildPrograms();
const figures = await measureAll();
process.stdout.write(values.json ? toJson(figures) : toTable(figures));
// A page of a quick run would look as trustworthy as one of a thorough run.
if (!values.json && !values.quick) writeRest(toPage(figures));

async function measureAll(): Promise<Figure[]> {
  await using healthy = await startCollector('healthy');
  const effort = values.quick ? QUICK : THOROUGH;
  const measured: Figure[] = [];
  for (const measure of MEASUREMENTS) measured.push(...(await measure({ effort, healthy })));
  return measured;
}
