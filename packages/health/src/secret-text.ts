/** Texts of a probe that may be secret. Secrets stay in a file or a variable, and are read when a probe needs them. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/**
 * A text of a probe: a header, a body, a URL. Only `plain` may stand in a configuration file that people share; what a file or
 * variable holds is never shown, logged or recorded.
 */
export type SecretText =
  | { readonly kind: 'plain'; readonly text: string }
  /** Read for each probe, so that a secret can be changed while this runs. A line break at its end is left out. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly name: string };

/** The text, or why there is none. The problem names the file or variable, never what it holds. */
export type ReadSecret =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'missing'; readonly problem: string };

/** As large as the largest body that anybody probes with. */
const SECRET_LIMIT_BYTES = 1024 * 1024;

/**
 * Reads a text from where it is, now.
 *
 * @param env where variables are. @default process.env
 *
 * @example
 * ```ts
 * const token = readSecret({ kind: 'file', path: '/run/secrets/token' });
 * if (token.kind === 'missing') console.error(token.problem);
 * ```
 */
export function readSecret(secret: SecretText, env: NodeJS.ProcessEnv = process.env): ReadSecret {
  switch (secret.kind) {
    case 'plain':
      return { kind: 'read', text: secret.text };
    case 'environment': {
      const text = env[secret.name];
      if (text !== undefined && text !== '') return { kind: 'read', text };
      return { kind: 'missing', problem: `the variable ${secret.name} is not set` };
    }
    case 'file':
      return readSecretFile(secret.path);
  }
}

/** A pipe in its place would hold the prober up: only regular files are read. */
function readSecretFile(path: string): ReadSecret {
  const missing = (why: string): ReadSecret => ({
    kind: 'missing',
    problem: `the file ${path} cannot be read: ${why}`,
  });
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = fstatSync(file);
      if (!status.isFile()) return missing('it must be a regular file');
      if (status.size > SECRET_LIMIT_BYTES) {
        return missing(`it must have at most ${SECRET_LIMIT_BYTES} bytes, but has ${status.size}`);
      }
      return { kind: 'read', text: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return missing(error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be opened');
  }
}
