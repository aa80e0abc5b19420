import { prepareTools } from './tools.ts';

/** Runs once before the suite: a missing Collector is built here, not within a test's time. */
export default function setup(): void {
  prepareTools((line) => process.stderr.write(`${line}\n`));
}
