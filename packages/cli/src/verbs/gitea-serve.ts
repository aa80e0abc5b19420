/** `ephemetry gitea serve`: collects again and again, for a Prometheus that scrapes. */
import {
  collectForge,
  type DeliveredRepository,
  deliveredRepository,
  describeOutcome,
  type ForgeHistory,
  type ForgeRepository,
  isSigned,
  type RepositoryOutcome,
  signedBytes,
} from '@ephemetry/forge';
import type { FamilySnapshot, PageHook } from '@ephemetry/receiver';
import { defineVerb } from '../command-line/define-verb.ts';
import { optional } from '../command-line/option.ts';
import { filePath } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { CollectAge } from '../gitea/collect-age.ts';
import { COLLECT_JSON, collectJson } from '../gitea/collect-json.ts';
import { startCollectLoop } from '../gitea/collect-loop.ts';
import { forgeFamilies } from '../gitea/forge-page.ts';
import {
  GITEA_OPTIONS,
  type GiteaValues,
  repositoriesOrTold,
  secretFrom,
  tokenReader,
  urlFault,
} from '../gitea/gitea-options.ts';
import { withForgeHistory } from '../gitea/with-forge-history.ts';
import { durationMs } from '../serve/serve-options.ts';
import { intervalOption, listenOption, servePage } from '../serve/serve-page.ts';
import { settleSoon } from '../serve/settle-soon.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

/** A push of thousands of commits names them all. */
const DELIVERY_LIMIT_BYTES = 4 * 1024 * 1024;
const WEBHOOK_PATH = '/webhook';

export const verb: Verb = defineVerb({
  name: 'gitea serve',
  summary:
    'Collect issues, changes and pipeline runs of a Gitea or Forgejo again and again, and serve the metrics.',
  help: `Serves GET /metrics for Prometheus and GET /healthz, until a signal. All repositories are collected at each interval, counted from the start. Counters go on where --history has them; a sum is kept before it is shown, so it never goes back. A repository that cannot be collected keeps its last values and stops no other; its age is forge_collected_timestamp_seconds.

With --webhook-secret-file it takes the forge's webhooks at POST /webhook. A delivery whose signature is right only triggers a collect of its repository, at most once a second: what it says is not counted, so a delivery that comes twice, or is replayed, does no harm.

Prints a line when a repository fails, or is well again.`,
  examples: [
    'ephemetry gitea serve --url https://git.example.org --token-file /run/secrets/forge --history ./forge-history',
    'ephemetry gitea serve --url https://git.example.org --history ./forge-history --webhook-secret-file /run/secrets/webhook --listen 127.0.0.1:9101',
    'curl -s http://127.0.0.1:9101/metrics',
  ],
  exits: {
    done: 'ended by SIGINT or SIGTERM',
    failed: 'a file is wrong, cannot listen, or --history cannot be used',
  },
  options: {
    ...GITEA_OPTIONS,
    listen: listenOption('127.0.0.1:9101'),
    interval: intervalOption('collect', '60s'),
    webhookSecretFile: optional(
      'file',
      'holds the secret of the webhooks',
      filePath,
      'webhooks are not taken',
    ),
  },
  json: COLLECT_JSON,
  fault: urlFault,
  run: serveForge,
});

interface Values extends GiteaValues {
  readonly listen: string;
  readonly interval: string;
  readonly webhookSecretFile: string | undefined;
}

async function serveForge(values: Values, output: Output): Promise<ExitCode> {
  const repositories = repositoriesOrTold(values, process.env, output, { isRecorded: true });
  if (repositories === undefined) return EXIT_CODE.failed;
  try {
    if (values.webhookSecretFile !== undefined) secretFrom(values.webhookSecretFile);
  } catch (error) {
    output.printError(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_CODE.failed;
  }
  return await withForgeHistory(values.history, output, async (history) => {
    // Until here a signal ends the process at once, also while the place does not answer.
    using stop = listenForStop(output.readerGone);
    return await serveCollects(values, repositories, history, stop.signal, output);
  });
}

async function serveCollects(
  values: Values,
  repositories: readonly ForgeRepository[],
  history: ForgeHistory,
  stop: AbortSignal,
  output: Output,
): Promise<ExitCode> {
  const intervalMs = durationMs(values.interval);
  const served = new ServedForge(values, repositories, history, stop, output);
  await served.refresh();
  let trigger: (name: string) => void = () => {};
  const deliver = (delivered: DeliveredRepository): boolean => {
    const name = served.nameOf(delivered);
    if (name !== undefined) trigger(name);
    return name !== undefined;
  };
  const page = {
    families: () => served.families,
    problem: () => served.problem(),
    ...hookOf(values, deliver),
  };
  return await servePage(values.listen, page, output, (url) => {
    const hook = values.webhookSecretFile === undefined ? '' : `, and when ${url}${WEBHOOK_PATH} is told`;
    const count = repositories.length === 1 ? '1 repository' : `${repositories.length} repositories`;
    output.printError(`${url}/metrics shows ${count}, collected every ${values.interval}${hook}\n`);
    const loop = startCollectLoop({ intervalMs, stop, collect: (names) => served.collect(names) });
    trigger = loop.trigger;
    return loop.ended;
  });
}

function hookOf(
  { webhookSecretFile }: Values,
  /** @returns whether the repository is collected here */
  deliver: (delivered: DeliveredRepository) => boolean,
): { readonly hook?: PageHook } {
  if (webhookSecretFile === undefined) return {};
  const take: PageHook['take'] = (body, headers) => {
    let secret: string;
    try {
      secret = secretFrom(webhookSecretFile);
    } catch {
      // Who delivers is not told which file.
      return { status: 503, message: 'the secret cannot be read' };
    }
    const signed = signedBytes(body, headers);
    if (!isSigned(signed, headers, secret)) return { status: 401, message: 'the signature is not right' };
    const isOurs = deliver(deliveredRepository(signed));
    return { status: 202, message: isOurs ? 'it will be collected' : 'the repository is not collected here' };
  };
  return { hook: { path: WEBHOOK_PATH, limitBytes: DELIVERY_LIMIT_BYTES, take } };
}

/** What the page shows: what the history held after the last collect. */
class ServedForge {
  families: readonly FamilySnapshot[] = [];
  readonly #values: Values;
  readonly #repositories: readonly ForgeRepository[];
  readonly #history: ForgeHistory;
  readonly #stop: AbortSignal;
  readonly #output: Output;
  /** What was said of each repository last. */
  readonly #said = new Map<string, string>();
  /** Names by what the forge numbers them: a repository that was renamed is delivered under its new name. */
  readonly #nameById = new Map<number, string>();
  readonly #age: CollectAge;

  constructor(
    values: Values,
    repositories: readonly ForgeRepository[],
    history: ForgeHistory,
    stop: AbortSignal,
    output: Output,
  ) {
    this.#values = values;
    this.#repositories = repositories;
    this.#history = history;
    this.#stop = stop;
    this.#output = output;
    this.#age = new CollectAge(durationMs(values.interval));
  }

  /** Shows what the history holds. */
  async refresh(): Promise<void> {
    this.families = await forgeFamilies(this.#history, this.#repositories);
    for (const { name } of this.#repositories) {
      const known = await this.#history.repository(name);
      if (known !== undefined) this.#nameById.set(known.forgeId, name);
    }
  }

  /** What a repository that is delivered is called here; undefined where it is not collected. */
  nameOf({ id, fullName }: DeliveredRepository): string | undefined {
    const given = fullName?.toLowerCase();
    const found = this.#repositories.find(({ name }) => name.toLowerCase() === given);
    return found?.name ?? (id === undefined ? undefined : this.#nameById.get(id));
  }

  /** Collects some or all, and shows what is known then. */
  async collect(names: ReadonlySet<string> | undefined): Promise<void> {
    await settleSoon(this.#collect(names), this.#stop, undefined);
  }

  async #collect(names: ReadonlySet<string> | undefined): Promise<void> {
    const report = await collectForge({
      server: { url: this.#values.url, token: tokenReader(this.#values.tokenFile) },
      repositories: this.#repositories.filter(({ name }) => names?.has(name) ?? true),
      ...{ history: this.#history, delivery: 'scrape', stop: this.#stop },
    });
    if (this.#stop.aborted) return;
    if (this.#values.json) this.#output.printJson(collectJson(report, Date.now()));
    for (const outcome of report.repositories) this.#tell(outcome);
    try {
      await this.refresh();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#output.printError(`the metrics stand still, as the history cannot be read: ${why}\n`);
      return;
    }
    this.#age.note(report.repositories);
  }

  /** Why the page is not to be trusted. */
  problem(): string | undefined {
    return this.#age.problem();
  }

  /** What is as before is not said again. */
  #tell(outcome: RepositoryOutcome): void {
    const line = lineOf(outcome);
    const before = this.#said.get(outcome.name);
    this.#said.set(outcome.name, line);
    if (outcome.kind === 'failed') {
      if (line !== before) this.#output.printError(`${line}\n`);
      return;
    }
    for (const remark of outcome.remarks) {
      const said = `${outcome.name} ${remark}`;
      if (this.#said.get(said) === undefined) this.#output.printError(`${said}\n`);
      this.#said.set(said, 'said');
    }
    if (line !== before && !this.#values.json) this.#output.print(`${line}\n`);
  }
}

function lineOf(outcome: RepositoryOutcome): string {
  const isUsual = outcome.kind === 'collected' && !outcome.isFirst;
  return isUsual ? `${outcome.name} is collected` : describeOutcome(outcome);
}
