/** What importing anything costs: the baseline of `import-exporter.ts`. */
import { millisecondsSince, say } from './say.ts';

const startedAtNs = process.hrtime.bigint();
await import('./empty-module.js');
say({ importMs: millisecondsSince(startedAtNs) });
