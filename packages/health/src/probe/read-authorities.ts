import { X509Certificate } from 'node:crypto';
import { type ReadSecret, readSecret, type SecretText } from '../secret-text.ts';

/** Certificates of authorities. Node would pass over what it cannot read, and then blame the target. */
export function readAuthorities(authorities: SecretText, env: NodeJS.ProcessEnv | undefined): ReadSecret {
  const read = readSecret(authorities, env);
  if (read.kind === 'missing') return read;
  try {
    new X509Certificate(read.text);
    return read;
  } catch {
    return { kind: 'missing', problem: 'the authorities of the target must be certificates in PEM' };
  }
}
