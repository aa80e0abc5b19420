/** What is said of a database that cannot be used right now. */
import { type ConnectionFault, connectionFault } from '@ephemetry/merge-analyzer';

/** Three sentences, because three different things help: start it, ask its administrator, look what it does. */
export const CONNECTION_WORDS: Readonly<Record<ConnectionFault, string>> = {
  absence: 'the database cannot be reached',
  refusal: 'the database refuses',
  timeout: 'the database takes too long',
};

/** A sentence for a fault of the connection; undefined for any other error. */
export function describeConnectionFault(error: Error): string | undefined {
  const fault = connectionFault(error);
  return fault === undefined ? undefined : `${CONNECTION_WORDS[fault]}: ${messageOf(error)}`;
}

/** Of a host with several addresses Node tells each failure, and an empty message. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
