/** A run into the spool under its own identity, and from there to where metrics go. */
import { TESTS_FAMILY } from '@ephemetry/contract';
import { type DrainReport, drain, resolveSettings } from '@ephemetry/exporter';
import { present } from '../command-line/present.ts';
import type { DeliveryValues } from '../drain/delivery-options.ts';
import { type Spooled, spoolIdentified } from '../spool/identified-batches.ts';

/** What became of a run. */
export interface Sent {
  readonly spooled: Spooled;
  readonly delivery: DrainReport | undefined;
}

/** Puts a run into the spool, and delivers it unless others do. */
export async function sendRun(
  { spoolDir, endpoint, timeoutMs }: DeliveryValues,
  identity: string,
  unixMs: number,
  record: Parameters<typeof spoolIdentified>[0]['record'],
): Promise<Sent> {
  const spooled = await spoolIdentified({
    serviceName: TESTS_FAMILY.serviceName,
    identity,
    unixMs,
    record,
    env: process.env,
    ...present({ spoolDir }),
  });
  if (spooled.kind !== 'spooled' || resolveSettings({}, process.env).delivery === 'spool-only')
    return { spooled, delivery: undefined };
  const delivery = await drain({ spoolDir: spooled.directory, ...present({ endpoint, timeoutMs }) });
  return { spooled, delivery };
}
