import type { FabMeterProvider } from './fab-meter-provider.ts';
import type { FabRosterMember } from './fab-runtime.ts';
import type { RequestCostUsd } from './model-usage.ts';

/** Options of `instrumentFab`. */
export interface InstrumentFabOptions {
  /**
   * `false` measures nothing. `true` measures in tests as well, as `EPHEMETRY_IN_TESTS=on` does.
   *
   * @default true, but false where a test runner is recognised (`VITEST`, `JEST_WORKER_ID` or `NODE_TEST_CONTEXT` is
   * set) and no `meterProvider` is given: tests must not fill the tester's spool
   */
  readonly enabled?: boolean | undefined;
  /** Where measurements go. @default `createMeterProvider` of `@ephemetry/exporter`, service name `fab` */
  readonly meterProvider?: FabMeterProvider | undefined;
  /** The roles that may appear, and where each belongs; fab's `TEAM` fits. @default the contract's `FAB_ROSTER` */
  readonly roster?: readonly FabRosterMember[] | undefined;
  /**
   * Prices a model request, for sessions that do not state what they cost (managed-agents; a session of the Agent SDK
   * that fails). fab's own `estimateCost` fits. What a session states replaces the prices of its requests.
   *
   * @default none: such a cost is unknown
   */
  readonly requestCostUsd?: RequestCostUsd | undefined;
  /** A clock that only goes forward, in seconds. @default `performance.now()` */
  readonly nowSeconds?: (() => number) | undefined;
  /** Read for the service name, and by the default provider. @default `process.env` */
  readonly env?: NodeJS.ProcessEnv | undefined;
}
