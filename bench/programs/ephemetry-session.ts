/** Records one session and dies without waiting for anything. */
import { createMeterProvider } from '@ephemetry/exporter';
import { createSession } from './session.ts';

const provider = createMeterProvider({ serviceName: 'fab' });
createSession(provider.getMeter('fab'))();
provider.persist();
process.exit(0);
