/** How the exporter speaks: stdout belongs to the host, and a closed stderr must not hurt it. */
import { writeSync } from 'node:fs';

/** Writes one line to stderr, synchronously, or nothing when nobody listens. */
export function writeStderrLine(text: string): void {
  try {
    // A name that the host made up may hold line breaks.
    writeSync(2, `ephemetry: ${text.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
  } catch {
    // A closed or full pipe: telemetry never breaks the host.
  }
}
