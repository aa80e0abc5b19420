/** The environment of a delivery that works in another directory than the push which starts it. */
import { resolve } from 'node:path';

/** Variables that name a file. */
const FILES: readonly string[] = [
  'NODE_EXTRA_CA_CERTS',
  ...['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap((name) => [
    `OTEL_EXPORTER_OTLP_${name}`,
    `OTEL_EXPORTER_OTLP_METRICS_${name}`,
  ]),
];

/** Options of Node that say whom to believe and how to find it. */
const KEPT_OPTION =
  /^--(?:use-(?:bundled|openssl|system)-ca|tls-(?:min|max)-v1\.[0-3]|dns-result-order=\S+)$/;

/**
 * The same, with files where they are. Modules that `NODE_OPTIONS` loads are the program's: they would be looked for
 * from the other directory, and what is found there would be run.
 */
export function deliveryEnvironment(env: NodeJS.ProcessEnv, directory: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options = '', ...others } = env;
  const kept = options.split(/\s+/).filter((option) => KEPT_OPTION.test(option));
  const files = FILES.flatMap((name) => {
    const path = env[name]?.trim() ?? '';
    return path === '' ? [] : [[name, resolve(directory, path)] as const];
  });
  return {
    ...others,
    ...Object.fromEntries(files),
    ...(kept.length === 0 ? {} : { NODE_OPTIONS: kept.join(' ') }),
  };
}
