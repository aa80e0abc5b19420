/** `ephemetry health check`: probes once and shows what it found. */
import { runRound } from '@ephemetry/health';
import { defineVerb } from '../command-line/define-verb.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { ROUND_JSON, roundJson } from '../health/health-json.ts';
import { roundLines, stateOf } from '../health/health-lines.ts';
import { HEALTH_OPTIONS, type HealthValues, probingOrTold } from '../health/health-options.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

export const verb: Verb = defineVerb({
  name: 'health check',
  summary: 'Probe the services that ephemetry.yaml declares, once, and show what was found.',
  help: `Sends nothing to a Collector. up: it answered as expected. down: it refused, answered wrongly or was silent after the connection; or it could not be reached while a witness of its network answers. unreachable: it could not be reached, and no witness of its network answers, or none is declared: that says nothing of the service.

A target whose secret cannot be read is not measured.`,
  examples: ['ephemetry health check', 'ephemetry health check --only ezra --json'],
  exits: { done: 'every target is up', failed: 'a target is not up, or was not measured' },
  options: HEALTH_OPTIONS,
  json: ROUND_JSON,
  run: checkHealth,
});

async function checkHealth(values: HealthValues, output: Output): Promise<ExitCode> {
  const probing = probingOrTold(values, process.env, output, { isRecorded: false });
  if (probing === undefined) return EXIT_CODE.failed;
  using stop = listenForStop(output.readerGone);
  const report = await runRound({ ...probing, stop: stop.signal });
  if (values.json) output.printJson(roundJson(report, probing.vantage, Date.now()));
  else output.printLines(roundLines(report, Date.now()));
  const isWell = report.targets.every((reading) => stateOf(reading) === 'up');
  return isWell ? EXIT_CODE.done : EXIT_CODE.failed;
}
