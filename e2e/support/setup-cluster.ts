/** Runs before the files that need it, and only then: prepares the programs of a VictoriaMetrics cluster. */
import { prepareVictoriaCluster } from './tools.ts';

export default function setup(): void {
  prepareVictoriaCluster((line) => void process.stderr.write(`${line}\n`));
}
