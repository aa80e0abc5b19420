/** Draws every board into docs/dashboards: `pnpm boards:draw`. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderGrafana } from '@ephemetry/grafana';
import { prepareTools } from '../support/tools.ts';
import { answeredBoards } from './board-answers.ts';
import { bundlePage, photographBoard } from './draw-board.ts';
import { prepareDrawingTools } from './drawing-tools.ts';

const PICTURES = join(import.meta.dirname, '..', '..', 'docs', 'dashboards');

const say = (line: string): void => console.log(line);
prepareTools(say);
const tools = prepareDrawingTools(say);
const draw = await bundlePage(tools);
const files = new Map(renderGrafana('provisioning').map(({ path, content }) => [path, content]));
const digests: Record<string, string> = {};
for (const board of await answeredBoards()) {
  const path = join(PICTURES, `${board.uid}.png`);
  photographBoard(tools, draw(board), board, path);
  const json = files.get(`dashboards/${board.uid}.json`) ?? '';
  // By which a test sees that a picture is older than its board.
  digests[board.uid] = createHash('sha256').update(json).digest('hex');
  say(path);
}
writeFileSync(join(PICTURES, 'pictures.json'), `${JSON.stringify(digests, null, 2)}\n`);
