/** Records a session and leaves: at once, or with `settled` after all is delivered, or with `booted` after an earlier session was tried. */
import { createMeterProvider } from '@ephemetry/exporter';
import { leaveAndSay } from './exit-probe.ts';
import { createSession } from './session.ts';

const [when] = process.argv.slice(2);
const provider = createMeterProvider({ serviceName: 'fab' });
const recordSession = createSession(provider.getMeter('fab'));
recordSession();
if (when !== undefined) await provider.flush();
if (when === 'booted') recordSession();
leaveAndSay(() => {
  const { delivered, spooled, inDoubt, rejected, lost } = provider.verdict();
  return { delivered, spooled, inDoubt, rejected, lost };
});
