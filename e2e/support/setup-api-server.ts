/** Runs before the files that need it, and only then: prepares the API server of Kubernetes, which takes 7 minutes to build. */
import { prepareApiServer } from './api-server-tools.ts';

export default function setup(): void {
  prepareApiServer((line) => void process.stderr.write(`${line}\n`));
}
