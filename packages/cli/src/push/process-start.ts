/** Since when what this process pushes may have been measured. Not `performance.timeOrigin`, which takes 2 ms to load. */
export function processStartUnixMs(): number {
  return Date.now() - process.uptime() * 1000;
}
