/** Runs once before the suite: a missing Collector is made here, not within a test's time. What few files need is theirs to prepare. */
import { prepareTools } from './tools.ts';

export default function setup(): void {
  prepareTools((line) => void process.stderr.write(`${line}\n`));
}
