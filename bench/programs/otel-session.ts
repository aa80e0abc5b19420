/** The same session with the OpenTelemetry SDK; waits for delivery, because what is not sent is lost. */
import { createOtelProvider } from './otel-provider.ts';
import { createSession } from './session.ts';

const provider = createOtelProvider();
createSession(provider.getMeter('fab'))();
await provider.shutdown();
process.exit(0);
