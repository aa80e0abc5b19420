import { prepareDrawingTools } from '../boards/drawing-tools.ts';
import { prepareApiServer } from './api-server-tools.ts';
import { prepareTools } from './tools.ts';

/** Runs once before the suite: a missing Collector is built here, not within a test's time. */
export default function setup(): void {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  prepareTools(say);
  prepareApiServer(say);
  prepareDrawingTools(say);
}
