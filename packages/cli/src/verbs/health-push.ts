/** `ephemetry health push`: probes once and sends what it found, for cron. */
import { HEALTH_FAMILY } from '@ephemetry/contract';
import { createMeterProvider, resolveSettings } from '@ephemetry/exporter';
import { createHealthRecorder, runRound } from '@ephemetry/health';
import { defineVerb } from '../command-line/define-verb.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { DELIVERY_OPTIONS, type DeliveryValues } from '../drain/delivery-options.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { ROUND_JSON, roundJson } from '../health/health-json.ts';
import { stateOf, summaryOf } from '../health/health-lines.ts';
import { HEALTH_OPTIONS, type HealthValues, probingOrTold } from '../health/health-options.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

export const verb: Verb = defineVerb({
  name: 'health push',
  summary: 'Probe the services that ephemetry.yaml declares, once, and send what was found.',
  help: `For cron. What cannot be sent waits in the spool: the next push, or ephemetry drain, delivers it. Whether a service is up does not change the exit code: that is what alerts are for.

A --vantage that the file does not declare is one of 64 names that are remembered in the spool: the next one is recorded as unknown.`,
  examples: ['ephemetry health push', 'ephemetry health push --endpoint http://localhost:4318/v1/metrics'],
  exits: {
    done: 'probed, and delivered or in the spool',
    failed: 'a target was not measured, what was found is lost, or a signal stopped it',
  },
  options: { ...HEALTH_OPTIONS, ...DELIVERY_OPTIONS },
  json: ROUND_JSON,
  run: pushHealth,
});

async function pushHealth(values: HealthValues & DeliveryValues, output: Output): Promise<ExitCode> {
  const probing = probingOrTold(values, process.env, output, {
    isRecorded: resolveSettings({}, process.env).enabled,
    spoolDir: values.spoolDir,
  });
  if (probing === undefined) return EXIT_CODE.failed;
  using stop = listenForStop(output.readerGone);
  const report = await runRound({ ...probing, stop: stop.signal });
  if (stop.signal.aborted) {
    output.printError('stopped before the round was complete: nothing of it is sent\n');
    return EXIT_CODE.failed;
  }
  const { spoolDir, endpoint, timeoutMs } = values;
  const { serviceName } = HEALTH_FAMILY;
  const provider = createMeterProvider({
    serviceName,
    handleSignals: false,
    ...present({ spoolDir, endpoint, timeoutMs }),
  });
  createHealthRecorder(provider.getMeter(serviceName), probing.vantage).record(report);
  const verdict = await provider.shutdown();
  if (values.json) output.printJson(roundJson(report, probing.vantage, Date.now()));
  else output.print(`${summaryOf(report.targets)}\n`);
  const unmeasured = report.targets.filter((reading) => stateOf(reading) === 'not measured');
  for (const { target, judgement } of unmeasured) {
    output.printError(`${target.name} was not measured: ${judgement.reason}\n`);
  }
  // The exporter says why something waits or is lost.
  const { delivered, spooled, inDoubt } = verdict;
  const isKept = delivered + spooled + inDoubt > 0;
  return isKept && unmeasured.length === 0 ? EXIT_CODE.done : EXIT_CODE.failed;
}
