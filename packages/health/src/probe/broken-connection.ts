import type { Finding } from './probe-facts.ts';

/** The network, and not the target, says that nothing comes back any more. */
const SILENCE = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN'];

/**
 * What an error says of a connection that there was.
 *
 * @param during completes "it broke off …"; the message of the error is not shown, as it may quote what was sent
 */
export function brokenConnection(error: NodeJS.ErrnoException, during: string): Finding {
  const code = /^[A-Z0-9_]{1,80}$/.test(error.code ?? '') ? ` (${error.code})` : '';
  if (SILENCE.includes(error.code ?? '')) {
    return { kind: 'silent', reason: `the connection was lost during ${during}${code}` };
  }
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return { kind: 'wrong', reason: `it closed the connection during ${during}` };
  }
  return { kind: 'wrong', reason: `${during} failed${code}` };
}
