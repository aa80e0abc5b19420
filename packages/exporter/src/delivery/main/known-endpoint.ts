/**
 * What earlier runs learned of the endpoint decides how long an answer is worth waiting for. It is kept in the spool, by the
 * endpoint's URL.
 */
import { type EndpointMemory, readEndpointMemory, rememberEndpoint } from '../../spool/endpoint-memory.ts';
import { nowUnixMs } from '../../wall-clock.ts';

/** For so long a silent endpoint gets the exit budget only; then it is asked again whether it answers. */
const SILENCE_MS = 300_000;

/** Not at an endpoint that knows batches again, nor at one that let an answer budget pass before. */
export function isAnswerWorthAWait(directory: string | undefined, endpoint: string): boolean {
  const known = directory === undefined ? undefined : readEndpointMemory(directory, endpoint);
  return known?.dedupeWindowSeconds === undefined && !isSilent(known);
}

/** Whether a wait was in vain, and nothing was heard of it since: another one is hardly worth its time. */
export function isKnownSilent(directory: string | undefined, endpoint: string): boolean {
  return directory !== undefined && isSilent(readEndpointMemory(directory, endpoint));
}

/** It let an answer budget pass. */
export function rememberSilence(directory: string | undefined, endpoint: string): void {
  if (directory !== undefined) rememberEndpoint(directory, endpoint, { silentSinceUnixMs: nowUnixMs() });
}

/** It may have recovered since: what its answers would say is not seen within the exit budget. */
function isSilent(known: EndpointMemory | undefined): boolean {
  if (known?.silentSinceUnixMs === undefined) return false;
  const forMs = nowUnixMs() - known.silentSinceUnixMs;
  return forMs >= 0 && forMs < SILENCE_MS;
}
