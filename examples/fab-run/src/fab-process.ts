/**
 * A process like fab's: runs role sessions in parallel, records its merge gate, and ends in the way it is told.
 * `fab-process.ts <ending> <recording>…`. Only the three marked lines are telemetry.
 */
import { writeSync } from 'node:fs';
import { createMeterProvider } from '@ephemetry/exporter';
import { instrumentFab } from '@ephemetry/instrumentation-fab';
import { endingOf } from './endings.ts';
import { GATE } from './gate.ts';
import { readSession } from './read-session.ts';
import { RecordedRuntime } from './recorded-runtime.ts';
import { readRecordings } from './recording.ts';

const [name, ...names] = process.argv.slice(2);
const ending = endingOf(name);
const recordings = readRecordings().filter(({ name }) => names.includes(name));

/** The demo listens on descriptor 3; stdout is fab's own. */
const tell = (message: object): unknown => writeSync(3, `${JSON.stringify(message)}\n`);
const meterProvider = createMeterProvider({ serviceName: 'fab', onVerdict: (verdict) => tell({ verdict }) });

const telemetry = instrumentFab({ meterProvider }); // telemetry
const runtime = telemetry.instrumentRuntime(new RecordedRuntime(recordings)); // telemetry

// One recorded transport fails on purpose; like fab's workflows, the run goes on.
await Promise.allSettled(
  recordings.map(async (recording) =>
    readSession(await runtime.runRoleSession(recording.role, 'Do your part'), recording),
  ),
);
telemetry.recordGate(GATE); // telemetry
ending.prepare?.();
tell({ endsAtMs: performance.timeOrigin + performance.now() });
ending.end();
