import { type Service, startService } from './service.ts';

/** What a Collector is started with. */
export interface CollectorOptions {
  /** Path of `otelcol-contrib` or a Collector with the same components. */
  readonly binary: string;
  /** Configuration files, merged in this order. */
  readonly configs: readonly string[];
  /** The variables that the configurations name, ports among them: see `freePorts`. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Feature gates to switch on. @default none */
  readonly featureGates?: readonly string[];
  /** Of its health_check extension. */
  readonly readyUrl: string;
  readonly logFile: string;
}

/**
 * Starts a real Collector.
 *
 * @throws {Error} with the end of its log, when it does not get ready.
 */
export function startCollector(options: CollectorOptions): Promise<Service> {
  const { binary, configs, env = {}, featureGates = [], readyUrl, logFile } = options;
  const gates = featureGates.length === 0 ? [] : [`--feature-gates=${featureGates.join(',')}`];
  const args = [...configs.flatMap((config) => ['--config', config]), ...gates];
  return startService({ name: 'the Collector', binary, args, env, readyUrl, logFile });
}
