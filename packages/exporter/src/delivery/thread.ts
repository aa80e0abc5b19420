/**
 * The delivery thread: posts the run's own batches, then drains what earlier runs left. Bundled into one
 * string and started from it, so that it needs no file beside a bundled host.
 */
import { readlinkSync, writeSync } from 'node:fs';
import 'node:http';
import { Writable } from 'node:stream';
import { workerData } from 'node:worker_threads';
import type { DeliveryMeans } from './deliver-file.ts';
import { drainSpool } from './drain-spool.ts';
import { configureEndpoint } from './endpoint-configuration.ts';
import {
  type Command,
  type DeliveryConfiguration,
  type DrainReport,
  type Report,
  SLOT,
  type ThreadData,
} from './messages.ts';
import { OwnLane } from './own-lane.ts';
import { type Endpoint, type PostOutcome, postBatch } from './post-batch.ts';

const NOTHING: Omit<Report, 'problems' | 'drain' | 'endpoint'> = {
  seen: 0,
  delivered: 0,
  rejected: 0,
  taken: 0,
  lost: 0,
  unspooledSettled: 0,
  expired: 0,
  lostDataPoints: 0,
  attempt: 0,
  isStopped: false,
};

/** One life: booted, configured by the first command, then told of batches until the process ends. */
class DeliveryThreadBody {
  readonly #data: ThreadData;
  #endpoint: Endpoint | undefined;
  #problems: readonly string[] = [];
  #lane: OwnLane | undefined;
  #means: DeliveryMeans | undefined;
  #configuration: DeliveryConfiguration | undefined;
  #isEnding = false;
  #hasDrained = false;
  #drained: DrainReport | undefined;

  constructor(data: ThreadData) {
    this.#data = data;
  }

  /** Commands are worked off in order: a batch never overtakes the configuration. */
  async receive(command: Command): Promise<void> {
    switch (command.kind) {
      case 'configure':
        return this.#configure(command.configuration);
      case 'spooled':
        return this.#lane?.addSpooled(command.part, command.created);
      case 'unspooled':
        return this.#lane?.addUnspooled(command.body);
      case 'attempt':
        this.#isEnding ||= command.isLast;
        return this.#lane?.attempt(command.attempt, command.isLast);
      case 'drain':
        return this.#drain(true);
      case 'stop':
        this.#isEnding = true;
    }
  }

  async #configure(configuration: DeliveryConfiguration): Promise<void> {
    Object.assign(process.env, configuration.env);
    const { endpoint, problems } = await configureEndpoint(configuration);
    this.#endpoint = endpoint;
    this.#problems = problems;
    this.#configuration = configuration;
    const means = {
      directory: configuration.directory ?? '',
      post: (body: Uint8Array) => this.#post(body),
      nowUnixMs: Date.now,
    };
    this.#means = { ...means, mayContinue: () => !this.#isEnding };
    this.#lane = new OwnLane(
      { ...means, mayContinue: () => true },
      { ...configuration, onChange: () => this.#changed() },
    );
    this.#report();
  }

  #post(body: Uint8Array): Promise<PostOutcome> {
    if (this.#endpoint === undefined) throw new Error('a batch came before the configuration');
    return postBatch(this.#endpoint, body);
  }

  #changed(): void {
    this.#report();
    const isHealthy = this.#lane?.isIdle() === true && this.#lane.report().delivered > 0;
    if (isHealthy && !this.#isEnding && !this.#hasDrained && this.#configuration?.directory !== undefined) {
      // In a turn of its own: a batch that is just coming in goes first.
      setImmediate(() => void this.#drain(false));
    }
  }

  async #drain(isWanted: boolean): Promise<void> {
    if (this.#hasDrained || this.#means === undefined || this.#configuration === undefined) return;
    this.#hasDrained = true;
    const report = await drainSpool(this.#means, this.#configuration);
    if (isWanted) this.#drained = { ...report, problems: this.#problems };
    if (isWanted) this.#report();
  }

  #report(): void {
    const report: Report = {
      ...(this.#lane?.report() ?? NOTHING),
      problems: this.#problems,
      ...(this.#endpoint === undefined ? {} : { endpoint: this.#endpoint.url }),
      ...(this.#drained === undefined ? {} : { drain: this.#drained }),
    };
    this.#data.port.postMessage(report);
    Atomics.add(this.#data.shared, SLOT.reports, 1);
    Atomics.notify(this.#data.shared, SLOT.reports);
  }
}

/**
 * The streams of a worker pass through the main thread: a host whose stdout is a closed pipe would die of
 * them, and a natural exit would hang. Whatever is written here goes straight to stderr, or nowhere.
 */
function replaceStreams(): void {
  const guarded = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      try {
        writeSync(2, chunk);
      } catch {
        // Nobody listens.
      }
      done();
    },
  });
  for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, { value: guarded });
}

function main(data: ThreadData): void {
  replaceStreams();
  try {
    Atomics.store(
      data.shared,
      SLOT.systemThreadId,
      Number(readlinkSync('/proc/thread-self').split('/').at(-1)),
    );
  } catch {
    // Not Linux: the main thread relies on the exit hook below.
  }
  process.on('exit', () => {
    Atomics.store(data.shared, SLOT.ended, 1);
    Atomics.add(data.shared, SLOT.reports, 1);
    Atomics.notify(data.shared, SLOT.reports);
  });
  const body = new DeliveryThreadBody(data);
  let last = Promise.resolve();
  data.port.on('message', (command: Command) => {
    last = last.then(() => body.receive(command));
  });
}

main(workerData as ThreadData);
