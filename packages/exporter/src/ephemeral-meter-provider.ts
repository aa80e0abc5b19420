/** The public meter provider: meters in front, a run behind. */
import type { Meter, MeterOptions } from '@opentelemetry/api';
import type { ExporterOptions } from './exporter-options.ts';
import { attributesKey } from './meter/attributes.ts';
import { BatchClock } from './meter/batch-clock.ts';
import { Complaints } from './meter/complaints.ts';
import { EphemeralMeter } from './meter/ephemeral-meter.ts';
import type { Recorder } from './meter/instrument.ts';
import { InstrumentNames } from './meter/instrument-names.ts';
import { Observers } from './meter/observables/observers.ts';
import type { EphemeralMeterProvider } from './meter-provider.ts';
import { isDeno, refuseToMeasure } from './refused-meter-provider.ts';
import type { Relay } from './relay.ts';
import type { RelayedBatch } from './run/run-batches.ts';
import { Run } from './run.ts';
import { type ResourceOf, type Serialized, serializeBatches } from './serialize-batches.ts';
import { writeStderrLine } from './stderr-line.ts';
import { textOf } from './text-of.ts';
import type { PersistOutcome, ReplaceOutcome, Verdict } from './verdict.ts';
import { type WaitingCall, type WaitOptions, waitOf } from './wait-options.ts';

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
  const given = options ?? {};
  return isDeno() ? refuseToMeasure(given) : new RunMeterProvider(given);
}

/**
 * Starts telemetry for a process that stands in for another program: it measures that program, and keeps and delivers what
 * the program measures itself. Like {@link createMeterProvider}, which is what any other program wants.
 *
 * @example
 * ```ts
 * import { createRelay } from '@ephemetry/exporter';
 *
 * const relay = createRelay({ serviceName: 'nightly', delivery: 'spool-only' });
 * const runs = relay.getMeter('nightly').createCounter('nightly_runs_total', { unit: '{run}' });
 * runs.add(1, { outcome: 'unknown' });
 * relay.mark(); // counts if this process is killed from here on
 * runs.add(1, { outcome: 'success' });
 * relay.replaceMark(); // counts instead
 * ```
 */
export function createRelay(options: ExporterOptions = {}): Relay {
  return new RunMeterProvider(options);
}

class RunMeterProvider implements Relay {
  readonly #run: Run;
  readonly #recorder: Recorder;
  readonly #meters: Map<string, EphemeralMeter> = new Map();
  readonly #names = new InstrumentNames();
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
      name: textOf(name ?? ''),
      ...(version === undefined || version === null ? {} : { version: textOf(version) }),
      ...(typeof options?.schemaUrl === 'string' ? { schemaUrl: options.schemaUrl } : {}),
    };
    const key = attributesKey(scope);
    const known = this.#meters.get(key);
    if (known !== undefined) return known;
    const meter = new EphemeralMeter(scope, this.#recorder, this.#names);
    this.#meters.set(key, meter);
    return meter;
  }

  persist(): PersistOutcome {
    return this.#run.persist();
  }

  mark(): PersistOutcome {
    return this.#run.mark();
  }

  replaceMark(): ReplaceOutcome {
    return this.#run.replaceMark();
  }

  touchMark(): void {
    this.#run.touchMark();
  }

  prepareEnd(): void {
    this.#run.prepareEnd();
  }

  relay(bodyOf: (batch: RelayedBatch) => Uint8Array): PersistOutcome {
    return this.#run.relay(bodyOf);
  }

  flush(options?: WaitOptions): Promise<Verdict> {
    return this.#run.flush(this.#waitOf('flush', options));
  }

  verdict(): Verdict {
    return this.#run.verdict();
  }

  onEnding(listener: () => void): () => void {
    return this.#run.onEnding(listener);
  }

  forceFlush(): Promise<void> {
    return this.#run.forceFlush(this.#waitOf('forceFlush', undefined));
  }

  shutdown(options?: WaitOptions): Promise<Verdict> {
    return this.#run.stop(this.#waitOf('shutdown', options));
  }

  #waitOf(call: WaitingCall, options: unknown): number {
    return waitOf(call, options, (problem) => this.#recorder.complaints.add(problem));
  }

  /** A program that switched telemetry off wants to hear nothing of it. */
  #say(text: string): void {
    if (this.#run.isEnabled()) writeStderrLine(text);
  }

  #serializePending(resourceOf: ResourceOf): Serialized {
    const span = this.#clock.span();
    const scopes = [...this.#meters.values()].flatMap((meter) => meter.collect(span) ?? []);
    if (scopes.length === 0) return { bodies: [], lostDataPoints: 0 };
    this.#clock.take(span);
    return serializeBatches(scopes, resourceOf, this.#recorder.complaints);
  }
}
