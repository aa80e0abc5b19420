/** The public meter provider: meters in front, a run behind. */
import type { Meter, MeterOptions, MeterProvider } from '@opentelemetry/api';
import type { ExporterOptions } from './exporter-options.ts';
import { BatchClock } from './meter/batch-clock.ts';
import { Complaints } from './meter/complaints.ts';
import { EphemeralMeter } from './meter/ephemeral-meter.ts';
import type { Recorder } from './meter/instrument.ts';
import { Observers } from './meter/observables/observers.ts';
import { Run } from './run.ts';
import { type ResourceOf, serializeBatches } from './serialize-batches.ts';
import { writeStderrLine } from './stderr-line.ts';
import type { PersistOutcome, Verdict } from './verdict.ts';

/**
 * A `MeterProvider` for programs that die. Give it to `metrics.setGlobalMeterProvider`, or ask it for meters.
 * The instruments of the API work as with the SDK. Callbacks of observable ones are called when they are registered,
 * every minute, by `flush` and `shutdown`, and when the process ends.
 */
export interface EphemeralMeterProvider extends MeterProvider {
  /**
   * Writes everything measured so far into the spool and returns when it is there: after that, SIGKILL,
   * abort or running out of memory lose none of it. About 0.05 ms on an SSD. What is above 1 MiB becomes several
   * batches; the outcome is that of the last one.
   */
  persist(): PersistOutcome;
  /**
   * Persists, has a delivery attempted, and tells what became of every batch of this process. Keeps the
   * process alive meanwhile. Never rejects.
   *
   * @param options.timeoutMs longest wait in milliseconds. @default 10000
   */
  flush(options?: { readonly timeoutMs?: number }): Promise<Verdict>;
  /** What became of every batch of this process so far. */
  verdict(): Verdict;
  /**
   * Calls a listener once when the process ends, by exit or by a signal that nobody else handles, before the last
   * batch is persisted: the last chance to record what is still open. Not called for SIGKILL, abort or lack of memory.
   *
   * @returns what removes the listener
   */
  onEnding(listener: () => void): () => void;
  /** As `flush`, for callers that know the SDK's provider. Prefer `flush`: it tells what happened. */
  forceFlush(): Promise<void>;
  /**
   * Flushes and stops for good, once however often it is called. What is measured meanwhile is persisted for the next
   * run to deliver; what is measured after it settled is ignored. Never rejects.
   *
   * @param options.timeoutMs longest wait in milliseconds, for what earlier runs left too; that of the first call counts.
   * @default 5000
   */
  shutdown(options?: { readonly timeoutMs?: number }): Promise<Verdict>;
}

/**
 * Starts telemetry for this process. The settings that count are those of the first measurement; until then it
 * creates no file, installs no hook and starts no thread. Never throws for a fault of the environment.
 *
 * @example
 * ```ts
 * import { createMeterProvider } from '@ephemetry/exporter';
 *
 * const provider = createMeterProvider({ serviceName: 'deploy', delivery: 'spool-only' });
 * const deployments = provider.getMeter('deploy').createCounter('deployments_total', { unit: '{deployment}' });
 * deployments.add(1, { target: 'staging' });
 * process.exit(0); // on disk before the process is gone
 * ```
 */
export function createMeterProvider(options: ExporterOptions = {}): EphemeralMeterProvider {
  // A host without types may pass null.
  return new RunMeterProvider(options ?? {});
}

class RunMeterProvider implements EphemeralMeterProvider {
  readonly #run: Run;
  readonly #recorder: Recorder;
  readonly #meters: Map<string, EphemeralMeter> = new Map();
  readonly #clock = new BatchClock();

  constructor(options: ExporterOptions) {
    const complaints = new Complaints((text) => this.#say(text));
    const observers = new Observers({
      complaints,
      measured: () => this.#run.measured(),
      intervalMs: () => this.#run.observationIntervalMs(),
    });
    this.#run = new Run(options, {
      serializePending: (resourceOf) => this.#serializePending(resourceOf),
      observers,
    });
    this.#recorder = { complaints, callbacks: observers, measured: this.#run.measured };
  }

  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    // As text: what a host without types passes must not make a Collector refuse the whole batch.
    const scope = {
      name: String(name ?? ''),
      ...(version === undefined || version === null ? {} : { version: String(version) }),
      ...(typeof options?.schemaUrl === 'string' ? { schemaUrl: options.schemaUrl } : {}),
    };
    const key = JSON.stringify(scope);
    const known = this.#meters.get(key);
    if (known !== undefined) return known;
    const meter = new EphemeralMeter(scope, this.#recorder);
    this.#meters.set(key, meter);
    return meter;
  }

  persist(): PersistOutcome {
    return this.#run.persist();
  }

  flush(options: { readonly timeoutMs?: number } = {}): Promise<Verdict> {
    return this.#run.flush(options?.timeoutMs ?? undefined);
  }

  verdict(): Verdict {
    return this.#run.verdict();
  }

  onEnding(listener: () => void): () => void {
    return this.#run.onEnding(listener);
  }

  async forceFlush(): Promise<void> {
    await this.#run.flush();
  }

  shutdown(options: { readonly timeoutMs?: number } = {}): Promise<Verdict> {
    return this.#run.stop(options?.timeoutMs);
  }

  /** A program that switched telemetry off wants to hear nothing of it. */
  #say(text: string): void {
    if (this.#run.isEnabled()) writeStderrLine(text);
  }

  #serializePending(resourceOf: ResourceOf): Uint8Array[] {
    const span = this.#clock.span();
    const scopes = [...this.#meters.values()].flatMap((meter) => meter.collect(span) ?? []);
    if (scopes.length === 0) return [];
    this.#clock.take(span);
    return serializeBatches(scopes, resourceOf, this.#recorder.complaints);
  }
}
