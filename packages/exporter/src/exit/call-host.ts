/** Code of the host that a hook of ours calls may throw, reject, call `process.exit` or never return. */

/** Calls it. What it throws, or rejects with, goes to `failed` and changes no exit code. */
export function callHost(call: () => unknown, failed: (thrown: unknown) => void = () => {}): void {
  try {
    const returned = call();
    if (returned instanceof Object) Promise.resolve(returned).catch(failed);
  } catch (error) {
    failed(error);
  }
}
