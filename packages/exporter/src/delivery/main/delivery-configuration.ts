/** What a run, or a drain on demand, tells the delivery thread about its settings. */
import { endpointOptions, otlpVariables } from '../../otlp-environment.ts';
import type { Settings } from '../../settings.ts';
import type { DeliveryConfiguration, EndpointOptions } from '../messages.ts';

/** Which spool it is, and for whom. */
type Place<Directory> = Pick<DeliveryConfiguration, 'owner' | 'countsOwnLosses'> & {
  readonly directory: Directory;
};

/** `chosen` wins over `env`; both are read here, once. */
export function deliveryConfiguration<Directory extends string | undefined>(
  settings: Settings,
  chosen: EndpointOptions,
  env: NodeJS.ProcessEnv,
  place: Place<Directory>,
): DeliveryConfiguration & { readonly directory: Directory } {
  return {
    env: otlpVariables(env),
    limits: settings.spoolLimits,
    acceptsAny2xx: settings.acceptsAny2xx,
    inDoubt: settings.inDoubt,
    ...place,
    ...endpointOptions(chosen),
  };
}
