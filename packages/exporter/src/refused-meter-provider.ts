/**
 * What a program gets where the exporter cannot keep its promises. In Deno signal listeners are called without the signal's
 * number, so that SIGTERM and Ctrl-C would not end the program, and a permission that is missing throws into the host.
 */
import { createNoopMeter } from '@opentelemetry/api';
import type { ExporterOptions } from './exporter-options.ts';
import type { EphemeralMeterProvider } from './meter-provider.ts';
import { resolveSettings } from './settings.ts';
import { writeStderrLine } from './stderr-line.ts';
import { NO_VERDICT } from './verdict.ts';

/** Whether the program runs in Deno. Bun, which calls itself Node too, works as Node does. */
export function isDeno(versions: Readonly<Record<string, string | undefined>> = process.versions): boolean {
  return versions['deno'] !== undefined;
}

/** A provider that measures nothing, installs nothing and reads nothing; says so once, unless telemetry is switched off. */
export function refuseToMeasure(options: ExporterOptions): EphemeralMeterProvider {
  if (isWanted(options)) {
    writeStderrLine('Deno is not supported, nothing is measured: run the program with Node 22.15 or later');
  }
  return {
    getMeter: () => createNoopMeter(),
    persist: () => ({ kind: 'disabled' }),
    flush: async () => NO_VERDICT,
    verdict: () => NO_VERDICT,
    onEnding: () => () => {},
    forceFlush: async () => {},
    shutdown: async () => NO_VERDICT,
  };
}

/** Without the permission to read variables nobody can have switched it off by one. */
function isWanted(options: ExporterOptions): boolean {
  try {
    return resolveSettings(options, options.env ?? process.env).enabled;
  } catch {
    return true;
  }
}
