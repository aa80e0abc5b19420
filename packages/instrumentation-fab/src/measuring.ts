import { takeSpoolLedger } from '@ephemetry/exporter';
import { createNoopMeter } from '@opentelemetry/api';
import { createFabInstruments, type FabInstruments } from './fab-instruments.ts';
import { createFabMeterProvider, type FabMeterProvider, onProcessEnd } from './fab-meter-provider.ts';
import type { InstrumentFabOptions } from './instrument-fab-options.ts';
import { quietly } from './quietly.ts';
import type { RecordOutcome } from './recording/record-outcome.ts';
import { recordSpoolLedger } from './recording/spool-ledger.ts';
import { createRoleLookup, type RoleLabels } from './role-lookup.ts';
import { SessionRegistry } from './session/session-registry.ts';

/** What measures fab in this process, once there is something to measure. */
export interface Measuring {
  readonly provider: FabMeterProvider;
  readonly instruments: FabInstruments;
  readonly labelsOf: (role: unknown) => RoleLabels;
  readonly registry: SessionRegistry;
  /** Puts what was recorded on disk, when the provider can. */
  readonly persist: () => RecordOutcome;
  /** Ends open sessions as the process's exit would, and watches for that exit no longer. */
  readonly stop: () => void;
}

/** Without a version: it would start new series at gateways that keep the scope, with every release. */
const METER_NAME = '@ephemetry/instrumentation-fab';

/** Creates the provider and its instruments. The process's end is watched from the first session on. */
export function createMeasuring(options: InstrumentFabOptions, env: NodeJS.ProcessEnv): Measuring {
  const provider = options.meterProvider ?? createFabMeterProvider(env);
  const instruments =
    quietly(() => createFabInstruments(provider.getMeter(METER_NAME))) ??
    createFabInstruments(createNoopMeter());
  const labelsOf = quietly(() => createRoleLookup(options.roster)) ?? createRoleLookup();
  // Only our own provider has the spool that the ledger speaks of.
  const reportSpool =
    options.meterProvider === undefined ? once(() => reportLedger(provider, env)) : () => {};
  const persist = (): RecordOutcome => {
    // Right before the first batch is on disk: what is taken is in memory only until then.
    quietly(reportSpool);
    return quietly(() => provider.persist?.()) ?? { kind: 'recorded' };
  };
  const nowSeconds = options.nowSeconds ?? (() => performance.now() / 1000);
  let stopWatching: (() => void) | undefined;
  const watch = (): void => {
    stopWatching ??= quietly(() => onProcessEnd(provider, cutOff));
  };
  const registry = new SessionRegistry({
    instruments,
    nowSeconds,
    unknownLabels: labelsOf(undefined),
    requestCostUsd: options.requestCostUsd ?? (() => undefined),
    onOpen: watch,
    onRecorded: persist,
  });
  const cutOff = (): void => void quietly(() => registry.cutOff());
  const stop = (): void => {
    cutOff();
    stopWatching?.();
  };
  return { provider, instruments, labelsOf, registry, persist, stop };
}

function reportLedger(provider: FabMeterProvider, env: NodeJS.ProcessEnv): void {
  const counts = takeSpoolLedger({ env });
  if (counts !== undefined) recordSpoolLedger(counts, provider.getMeter(METER_NAME));
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
