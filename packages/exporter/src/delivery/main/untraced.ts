/**
 * Work on the main thread that the host's tracing does not see: what instruments `node:http` would make a span of each of our
 * requests. The thread is not seen anyway.
 */

/** What `suppressTracing` of OpenTelemetry's SDK sets. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Where the copies of `@opentelemetry/api` in a process find each other: importing one would cost 20 ms. */
const API = Symbol.for('opentelemetry.js.api.1');

/** Calls `work`; what it begins is not traced either. */
export function untraced(work: () => void): void {
  const api: unknown = Reflect.get(globalThis, API);
  const manager = isObject(api) && 'context' in api ? api.context : undefined;
  if (isContextManager(manager)) manager.with(manager.active().setValue(SUPPRESS_TRACING, true), work);
  else work();
}

interface Context {
  setValue(key: symbol, value: boolean): Context;
}

interface ContextManager {
  active(): Context;
  with(context: Context, work: () => void): void;
}

function isContextManager(value: unknown): value is ContextManager {
  return isObject(value) && 'active' in value && 'with' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
