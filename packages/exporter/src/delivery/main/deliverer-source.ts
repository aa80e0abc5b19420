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

/** Compiles in the thread what it is handed: a script of its own Node parses three times, looking for TypeScript and modules. */
export const THREAD_SCRIPT = `
  const { compileFunction } = process.getBuiltinModule('node:vm');
  const { workerData } = process.getBuiltinModule('node:worker_threads');
  const load = compileFunction(workerData.source, ['require', 'threadData']);
  load((name) => process.getBuiltinModule(name), workerData);
`;

/** What `THREAD_SCRIPT` compiles. */
export function threadSource(): string {
  return withEnd('ephemetryDelivery.startThread(threadData);');
}

/**
 * A deliverer on the main thread.
 *
 * @throws {Error} where the host has replaced what this needs of Node
 */
export function createDeliverer(terms: DelivererTerms): Deliverer {
  const { compileFunction } = process.getBuiltinModule('node:vm');
  const load = compileFunction(withEnd('return ephemetryDelivery;'), ['require']);
  const { Deliverer }: Inlined = load((name: string): unknown => process.getBuiltinModule(name));
  return new Deliverer(terms);
}

/** Joined when it is used: the bundler would fold a sum into a second copy. */
function withEnd(statement: string): string {
  return [DELIVERER_SOURCE, statement].join('\n');
}
