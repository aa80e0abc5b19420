/** `ephemetry gitea push`: collects once and sends what was counted, for cron. */
import { FORGE_FAMILY } from '@ephemetry/contract';
import { createMeterProvider, drain, resolveSettings } from '@ephemetry/exporter';
import {
  type CollectReport,
  collectForge,
  describeOutcome,
  type ForgeHistory,
  type ForgeRepository,
  readGauges,
  recordMeasurements,
  recordReadings,
} from '@ephemetry/forge';
import { defineVerb } from '../command-line/define-verb.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { DELIVERY_OPTIONS, type DeliveryValues } from '../drain/delivery-options.ts';
import { drainLines } from '../drain/drain-lines.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { COLLECT_JSON, collectJson } from '../gitea/collect-json.ts';
import {
  GITEA_OPTIONS,
  type GiteaValues,
  repositoriesOrTold,
  tokenReader,
  urlFault,
} from '../gitea/gitea-options.ts';
import { withForgeHistory } from '../gitea/with-forge-history.ts';
import { spoolIdentified } from '../spool/identified-batches.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

type Values = GiteaValues & DeliveryValues;

export const verb: Verb = defineVerb({
  name: 'gitea push',
  summary: 'Collect issues, changes and pipeline runs of a Gitea or Forgejo once, and send what was found.',
  help: `For cron. The first collect counts nothing: it only notes how things are. Each later one counts what happened since, each event once: what was counted moves together with the facts in --history, under an identity that the gateway and ephemetry receive know again. What cannot be sent waits in the spool for the next push, or ephemetry drain.

A repository that cannot be collected is said, keeps its old values and stops no other.

Give each collector a history of its own: what one finds, another does not find again. A --repository that ephemetry.yaml does not declare is one of 64 names that are remembered in the spool: the next one is recorded as unknown.`,
  examples: [
    'ephemetry gitea push --url https://git.example.org --token-file /run/secrets/forge --history ./forge-history',
    'ephemetry gitea push --url https://git.example.org --repository team/app --repository team/site --history ./forge-history',
  ],
  exits: {
    done: 'every repository was collected, and what was counted is delivered or in the spool',
    failed: 'a repository was not collected, the history or the spool cannot be used, or a signal stopped it',
  },
  options: { ...GITEA_OPTIONS, ...DELIVERY_OPTIONS },
  json: COLLECT_JSON,
  fault: urlFault,
  run: pushForge,
});

async function pushForge(values: Values, output: Output): Promise<ExitCode> {
  const { spoolDir } = values;
  if (!resolveSettings({}, process.env).enabled) {
    output.printError('nothing is collected: metrics are switched off (OTEL_SDK_DISABLED)\n');
    return EXIT_CODE.done;
  }
  const repositories = repositoriesOrTold(values, process.env, output, { spoolDir, isRecorded: true });
  if (repositories === undefined) return EXIT_CODE.failed;
  return await withForgeHistory(values.history, output, async (history) => {
    // Until here a signal ends the process at once, also while the place does not answer.
    using stop = listenForStop(output.readerGone);
    const report = await collectForge({
      server: { url: values.url, token: tokenReader(values.tokenFile) },
      ...{ repositories, history, delivery: 'push', stop: stop.signal },
    });
    tell(report, values.json, output);
    const isKept = await sendFound(values, repositories, history, output);
    const isWhole = report.repositories.every(({ kind }) => kind === 'collected');
    return isKept && isWhole && report.problem === undefined ? EXIT_CODE.done : EXIT_CODE.failed;
  });
}

/** @returns whether everything is in the spool or delivered; else the history keeps it for the next push */
async function sendFound(
  { spoolDir, endpoint, timeoutMs }: Values,
  repositories: readonly ForgeRepository[],
  history: ForgeHistory,
  output: Output,
): Promise<boolean> {
  const { serviceName } = FORGE_FAMILY;
  const batches = await history.batches();
  for (const { id, madeMs, measurements } of batches) {
    const spooled = await spoolIdentified({
      ...{ serviceName, identity: JSON.stringify(['gitea push', id]), unixMs: madeMs, env: process.env },
      record: (meter) => recordMeasurements(meter, measurements),
      ...present({ spoolDir }),
    });
    if (spooled.kind !== 'spooled') {
      const why = spooled.kind === 'refused' ? spooled.message : 'metrics are switched off';
      output.printError(`what was counted waits in ${history.shown}: ${why}\n`);
      return false;
    }
    await history.settle(id);
  }
  const provider = createMeterProvider({
    serviceName,
    handleSignals: false,
    ...present({ spoolDir, endpoint, timeoutMs }),
  });
  recordReadings(provider.getMeter(serviceName), await readGauges(history, repositories));
  // The exporter says why something waits or is lost.
  const { delivered, spooled, inDoubt } = await provider.shutdown();
  if (batches.length > 0 && resolveSettings({}, process.env).delivery !== 'spool-only') {
    const { notes } = drainLines(await drain(present({ spoolDir, endpoint, timeoutMs })));
    for (const note of notes) output.printError(`${note}\n`);
  }
  return delivered + spooled + inDoubt > 0;
}

function tell(report: CollectReport, isJson: boolean, output: Output): void {
  if (isJson) output.printJson(collectJson(report, Date.now()));
  for (const outcome of report.repositories) {
    const line = `${describeOutcome(outcome)}\n`;
    if (outcome.kind === 'failed') output.printError(line);
    else if (!isJson) output.print(line);
    const remarks = outcome.kind === 'collected' ? outcome.remarks : [];
    for (const remark of remarks) output.printError(`${outcome.name} ${remark}\n`);
  }
  if (report.problem !== undefined) output.printError(`requests were not counted: ${report.problem}\n`);
}
