/**
 * The one thing that a program says, on stdout and at once: it may be about to die. No import of `node:fs`:
 * that would load, before the clock runs, what the measured program must pay for.
 */
export function say(numbers: Readonly<Record<string, number | bigint>>): void {
  const { writeSync } = process.getBuiltinModule('node:fs');
  writeSync(
    1,
    JSON.stringify(numbers, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
  );
}

/** Not `performance.now()`: whoever reads `performance` first loads `node:perf_hooks`, 2 ms, which is to be measured where it happens. */
export function millisecondsSince(ns: bigint): number {
  return Number(process.hrtime.bigint() - ns) / 1e6;
}
