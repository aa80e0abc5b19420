/**
 * What delivers, as one string: the thread starts from it, and the main thread compiles it only when it sends something
 * itself. Put in place by the build.
 */
import type { Deliverer, DelivererTerms } from '../worker/deliverer.ts';

/** The bundle of `worker/inlined.ts`: it defines `ephemetryDelivery`. */
declare const DELIVERER_SOURCE: string;

/** What the bundle exports. */
interface Inlined {
  readonly Deliverer: new (terms: DelivererTerms) => Deliverer;
}

/** The script of the delivery thread. */
export function threadSource(): string {
  return withEnd("ephemetryDelivery.startThread(require('node:worker_threads').workerData);");
}

/**
 * A deliverer on the main thread. Its environment is `env`, as in the thread, and what it registers for itself in
 * OpenTelemetry's API is not seen by the host.
 *
 * @throws {Error} where Node may not compile a string
 */
export function createDeliverer(env: Readonly<Record<string, string>>, terms: DelivererTerms): Deliverer {
  const ownProcess = Object.create(process, { env: { value: env } });
  const ownGlobal = Object.create(globalThis, { [API_REGISTRY]: { value: undefined, writable: true } });
  const require = (name: string): unknown =>
    /^(node:)?process$/.test(name) ? ownProcess : process.getBuiltinModule(name);
  const { compileFunction } = process.getBuiltinModule('node:vm');
  const load = compileFunction(withEnd('return ephemetryDelivery;'), ['require', 'process', 'globalThis']);
  const { Deliverer }: Inlined = load(require, ownProcess, ownGlobal);
  return new Deliverer(terms);
}

/** Where the copies of `@opentelemetry/api` in a process find each other. */
const API_REGISTRY = Symbol.for('opentelemetry.js.api.1');

/** Joined when it is used: the bundler would fold a sum into a second copy. */
function withEnd(statement: string): string {
  return [DELIVERER_SOURCE, statement].join('\n');
}
