/** Records a session with the OpenTelemetry SDK, waits for it, and says how the wait ended. */
import { leaveAndSay } from './exit-probe.ts';
import { createOtelProvider } from './otel-provider.ts';
import { createSession } from './session.ts';

const provider = createOtelProvider();
createSession(provider.getMeter('fab'))();
const startedMs = performance.now();
const isRejected = await provider.shutdown().then(
  () => 0,
  () => 1,
);
const waitedMs = performance.now() - startedMs;
leaveAndSay(() => ({ waitedMs, isRejected }));
