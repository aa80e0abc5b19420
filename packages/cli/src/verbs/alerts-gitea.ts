/** `ephemetry alerts gitea`: takes Alertmanager's webhook and keeps exactly one issue for each alert. */
import { type AlertReceiver, createAlertReceiver } from '@ephemetry/alert-issues';
import type { MetricsPageOptions } from '@ephemetry/receiver';
import { ALERTS_OPTIONS, type AlertsValues, alertsFault } from '../alerts/alerts-options.ts';
import { defineVerb } from '../command-line/define-verb.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { secretFrom } from '../gitea/gitea-options.ts';
import { keepSmall } from '../serve/keep-small.ts';
import { createScrapeMeter, type ScrapeMeter } from '../serve/scrape-meter.ts';
import { durationMs } from '../serve/serve-options.ts';
import { servePage } from '../serve/serve-page.ts';
import { settleSoon } from '../serve/settle-soon.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop, untilAborted } from '../terminal/stop-signal.ts';

/** Of a notification, whose longest texts somebody else writes. */
const NOTIFICATION_LIMIT_BYTES = 1024 * 1024;
/** Alertmanager tells all groups that begin to fire at the same time. */
const DELIVERY_LIMIT = 256;
const WEBHOOK_PATH = '/alerts';

export const verb: Verb = defineVerb({
  name: 'alerts gitea',
  summary: 'Take the notifications of an Alertmanager, and keep exactly one issue of a Gitea for each alert.',
  help: `Serves POST /alerts for a webhook_config of Alertmanager, GET /metrics for Prometheus and GET /healthz, until a signal. A group of alerts is one issue, by --source, receiver and group labels. It is opened when the group fires, told of in a comment when other alerts of it fire, closed with a comment when it is resolved, and opened again when it fires within --reopen-within. What people write, and titles and labels that they set, stay. An issue that a person closes stays closed until its alerts were resolved once.

It has no state of its own: it may be killed at any time, and several may run. It answers 2xx only when Gitea has it, so that Alertmanager repeats what was not filed. With --alertmanager it holds the open issues against Alertmanager's own list, and closes those whose alerts are gone for --grace: resolutions get lost. It opens an issue of level p0 when the alert that --watchdog names is missing for --grace, or Alertmanager does not answer, and calls --heartbeat-url while all is well.

The token needs read:user, read:repository and write:issue. Whether it has them, and whether repository and labels are there, is found out before the first alert.`,
  examples: [
    'ephemetry alerts gitea --url https://git.example.org --repository team/alerts --token-file /run/secrets/forge --webhook-token-file /run/secrets/webhook --alertmanager http://127.0.0.1:9093',
    'ephemetry alerts gitea --url https://git.example.org --repository team/alerts --token-file /run/secrets/forge --dry-run',
    'curl -s http://127.0.0.1:9095/healthz',
  ],
  exits: {
    done: 'ended by SIGINT or SIGTERM',
    failed: 'the token, the repository or a label is wrong, a file cannot be read, or cannot listen',
  },
  options: ALERTS_OPTIONS,
  fault: alertsFault,
  run: serveAlerts,
});

async function serveAlerts(values: AlertsValues, output: Output): Promise<ExitCode> {
  keepSmall();
  for (const path of [values.tokenFile, values.webhookTokenFile]) {
    if (path === undefined) continue;
    try {
      secretFrom(path);
    } catch (error) {
      output.printError(`${error instanceof Error ? error.message : String(error)}\n`);
      return EXIT_CODE.failed;
    }
  }
  using stop = listenForStop(output.readerGone);
  const scraped = createScrapeMeter();
  const receiver = receiverOf(values, scraped, output);
  const started = await settleSoon(receiver.start(), stop.signal, undefined);
  if (started === undefined) return EXIT_CODE.done;
  if (started.kind !== 'ready') output.printError(`${started.problem}\n`);
  if (started.kind === 'wrong') return EXIT_CODE.failed;
  return await servePage(values.listen, pageOf(receiver, scraped), output, async (url) => {
    const to = `${values.repository} on ${values.url}`;
    output.printError(`${url}${WEBHOOK_PATH} files issues in ${to}${values.dryRun ? ' (dry run)' : ''}\n`);
    if (values.alertmanager.length === 0) {
      output.printError('issues whose end is not told stay open: --alertmanager has them closed\n');
    }
    await tendUntil(stop.signal, receiver, durationMs(values.interval));
  });
}

function receiverOf(values: AlertsValues, { meter }: ScrapeMeter, output: Output): AlertReceiver {
  const { webhookTokenFile, heartbeatUrl } = values;
  return createAlertReceiver({
    server: { url: values.url, token: () => secretFrom(values.tokenFile) },
    repository: values.repository,
    labels: values.label,
    source: values.source,
    reopenWithinMs: durationMs(values.reopenWithin),
    issuesPerHour: values.issuesPerHour,
    alertmanagers: values.alertmanager,
    graceMs: durationMs(values.grace),
    ...present({ heartbeatUrl, watchdog: values.watchdog === 'none' ? undefined : values.watchdog }),
    ...(webhookTokenFile === undefined ? {} : { webhookToken: () => secretFrom(webhookTokenFile) }),
    meter,
    onProblem: (line) => output.printError(`${line}\n`),
    ...(values.dryRun ? { onDryRun: (line: string) => output.print(`${line}\n`) } : {}),
  });
}

function pageOf(receiver: AlertReceiver, scraped: ScrapeMeter): Omit<MetricsPageOptions, 'host' | 'port'> {
  return {
    families: () => scraped.families(),
    problem: () => receiver.problem(),
    hook: {
      path: WEBHOOK_PATH,
      limitBytes: NOTIFICATION_LIMIT_BYTES,
      limit: DELIVERY_LIMIT,
      refusal: (headers) => receiver.refusal(headers),
      take: (body) => receiver.take(body),
    },
  };
}

/** Looks at what is open at each interval, counted from the end of the last look. */
async function tendUntil(stop: AbortSignal, receiver: AlertReceiver, intervalMs: number): Promise<void> {
  while (!stop.aborted) {
    await settleSoon(receiver.tend(), stop, undefined);
    await untilAborted(AbortSignal.any([stop, AbortSignal.timeout(intervalMs)]));
  }
}
