/** A run from its first measurement on: what it is made of, with the settings as they are then. */
import { RunDelivery } from '../delivery/main/run-delivery.ts';
import { SendingPlace } from '../delivery/main/sending-place.ts';
import { type ExitActions, installExitHooks } from '../exit/exit-hooks.ts';
import type { ExporterOptions } from '../exporter-options.ts';
import { likelyEndpoint } from '../otlp-environment.ts';
import { describeResource } from '../resource.ts';
import { createRunId } from '../run-id.ts';
import { resolveSettings, type Settings } from '../settings.ts';
import { writeStderrLine } from '../stderr-line.ts';
import type { PersistOutcome } from '../verdict.ts';
import { Conclusion } from './conclusion.ts';
import { RunBatches, type RunBatchesTerms } from './run-batches.ts';

/** The parts of a run; each keeps its own account. */
export interface ArmedRun {
  readonly settings: Settings;
  /** Where batches are sent from; none where sending is somebody else's work. */
  readonly place: SendingPlace | undefined;
  readonly batches: RunBatches;
  readonly delivery: RunDelivery;
  readonly conclusion: Conclusion;
  readonly removeHooks: () => void;
}

/** What a run is armed with. */
export interface ArmTerms
  extends Pick<RunBatchesTerms, 'options' | 'env' | 'startDirectory' | 'serializePending'> {
  readonly options: ExporterOptions;
  readonly actions: ExitActions & { readonly persist: () => PersistOutcome };
}

/** Reads the settings and puts the exit hooks in place; where telemetry is off nothing is put anywhere. */
export function armRun({ options, env, actions, ...rest }: ArmTerms): ArmedRun {
  const settings = resolveSettings(options, env);
  const problems = [...settings.problems];
  const runId = createRunId();
  const resource = describeResource(runId, options, env, problems);
  if (settings.enabled) for (const problem of problems) writeStderrLine(problem);
  const place = settings.enabled && settings.delivery === 'send' ? new SendingPlace() : undefined;
  const directory = (): string | undefined => batches.spool()?.directory;
  const delivery = new RunDelivery(place, likelyEndpoint(options.endpoint, env), directory);
  const batches = new RunBatches({ ...rest, settings, options, env, runId, resource, place, delivery });
  const { persist } = actions;
  const conclusion = new Conclusion({ settings, options, batches, delivery, persist });
  const removeHooks = settings.enabled ? installExitHooks(actions, settings.handleSignals) : () => {};
  return { settings, place, batches, delivery, conclusion, removeHooks };
}
