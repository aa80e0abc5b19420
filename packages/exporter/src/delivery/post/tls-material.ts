/** Certificates and keys for a connection with TLS, from the files that `OTEL_EXPORTER_OTLP_*` names. */
import { readRegularFile } from '../read-regular-file.ts';
import { type Environment, otlpSetting } from './otlp-setting.ts';

/** What `https.Agent` takes. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized?: boolean;
}

/** All authorities of a system are 200 KiB. */
const FILE_LIMIT_BYTES = 1024 * 1024;

/** Reads each file that is named, without waiting for anybody; one that cannot be read is a problem, and left out. */
export function readTlsMaterial(env: Environment, problems: string[]): TlsMaterial {
  const read = (name: string): Buffer | undefined => {
    const given = otlpSetting(env, name);
    if (given === undefined) return undefined;
    try {
      return readRegularFile(given.value, FILE_LIMIT_BYTES);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(
        `the file in ${given.variable} cannot be read (${why}); allowed: a PEM file. Connecting without it`,
      );
      return undefined;
    }
  };
  const [ca, cert, key] = [read('CERTIFICATE'), read('CLIENT_CERTIFICATE'), read('CLIENT_KEY')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // As Node has it; said here because a thread's own environment is empty.
    ...(env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? { rejectUnauthorized: false } : {}),
  };
}
