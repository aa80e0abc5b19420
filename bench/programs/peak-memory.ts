/** Loaded before a program: says on standard error, at its end, the most memory that it had. Standard output is a command's. */
import { peakMib } from './exit-probe.ts';

process.on('exit', () => {
  process.getBuiltinModule('node:fs').writeSync(2, `peakMib ${peakMib()}\n`);
});
