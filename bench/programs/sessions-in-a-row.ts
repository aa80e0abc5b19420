/** Persists one session after the other, as fast as it can, then has them delivered. */
import { createMeterProvider } from '@ephemetry/exporter';
import { quantile } from '@ephemetry/statistics';
import { say } from './say.ts';
import { createSession } from './session.ts';

const sessions = Number(process.argv[2]);
/** A process records its first sessions with cold code; what follows is the steady state. */
const warmUps = Number(process.argv[3]);
const provider = createMeterProvider({ serviceName: 'fab' });
const recordSession = createSession(provider.getMeter('fab'));

const sessionMs: number[] = [];
const startedMs = performance.now();
for (let session = 0; session < sessions; session += 1) {
  const beganMs = performance.now();
  recordSession();
  provider.persist();
  sessionMs.push(performance.now() - beganMs);
}
const { delivered, spooled } = await provider.flush({ timeoutMs: 60_000 });
const totalMs = performance.now() - startedMs;
const steady = sessionMs.slice(warmUps);
say({
  p50Ms: quantile(steady, 0.5),
  p99Ms: quantile(steady, 0.99),
  delivered,
  spooled,
  batchesPerSecond: (sessions / totalMs) * 1000,
});
process.exit(0);
