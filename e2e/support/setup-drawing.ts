/** Runs before the files that need it, and only then: prepares what draws pictures of boards. */
import { prepareDrawingTools } from '../boards/drawing-tools.ts';

export default function setup(): void {
  prepareDrawingTools((line) => void process.stderr.write(`${line}\n`));
}
