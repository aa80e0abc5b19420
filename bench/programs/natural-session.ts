/** Records one session and ends by itself. Says what became of it when asked with `said`. */
import { createMeterProvider } from '@ephemetry/exporter';
import { sayAtExit } from './exit-probe.ts';
import { createSession } from './session.ts';

const provider = createMeterProvider({ serviceName: 'fab' });
createSession(provider.getMeter('fab'))();
if (process.argv[2] === 'said') sayAtExit(() => ({ delivered: provider.verdict().delivered }));
