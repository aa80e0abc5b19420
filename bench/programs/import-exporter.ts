/** What importing the exporter and starting it costs the main thread, as the first thing a program does. */
import { millisecondsSince, say } from './say.ts';

const startedAtNs = process.hrtime.bigint();
const { createMeterProvider } = await import('@ephemetry/exporter');
const importedMs = millisecondsSince(startedAtNs);
const provider = createMeterProvider({ serviceName: 'fab' });
const createdMs = millisecondsSince(startedAtNs);
const counter = provider.getMeter('fab').createCounter('fab_agent_sessions_total');
counter.add(1, { role: 'product' });
const addedMs = millisecondsSince(startedAtNs);
provider.persist();
const persistedMs = millisecondsSince(startedAtNs);
say({
  importMs: importedMs,
  createMs: createdMs - importedMs,
  firstAddMs: addedMs - createdMs,
  firstPersistMs: persistedMs - addedMs,
});
process.exit(0);
