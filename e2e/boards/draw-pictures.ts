/** Draws every board into docs/dashboards: `pnpm boards:draw`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boardDigests } from '../../packages/grafana/scripts/board-digests.ts';
import { prepareTools } from '../support/tools.ts';
import { answeredBoards } from './board-answers.ts';
import { bundlePage, photographBoard } from './draw-board.ts';
import { prepareDrawingTools } from './drawing-tools.ts';

const PICTURES = join(import.meta.dirname, '..', '..', 'docs', 'dashboards');

const say = (line: string): void => console.log(line);
prepareTools(say);
const tools = prepareDrawingTools(say);
const draw = await bundlePage(tools);
for (const board of await answeredBoards()) {
  const path = join(PICTURES, `${board.uid}.png`);
  photographBoard(tools, draw(board), board, path);
  say(path);
}
// By which a test sees that a picture is older than its board.
writeFileSync(join(PICTURES, 'pictures.json'), `${JSON.stringify(boardDigests(), null, 2)}\n`);
