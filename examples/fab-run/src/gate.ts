import type { GateResult } from '@ephemetry/instrumentation-fab';

/** How the merge gate of every process of the demo ends. */
export const GATE: GateResult = { profile: 'code', decision: 'approve', attempts: 2 };
