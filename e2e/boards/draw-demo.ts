/** Draws what `pnpm demo` prints into docs/demo.png, as a terminal shows it: `pnpm demo:draw`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { photograph } from './draw-board.ts';
import { prepareDrawingTools } from './drawing-tools.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PICTURE = join(ROOT, 'docs', 'demo.png');

/** Pixels. */
const LINE_HEIGHT = 22;
const CHARACTER_WIDTH = 9;
const MARGIN = 24;

const STYLE = `body{margin:0;background:#10151c;color:#d7dde5;padding:${MARGIN}px}pre{margin:0;font:15px/${LINE_HEIGHT}px "DejaVu Sans Mono",monospace}.said{color:#7ee0a1}.typed{color:#8ab4f8}`;

const printed = execFileSync(process.execPath, [join(ROOT, 'examples', 'fab-run', 'demo.ts')], {
  encoding: 'utf8',
});
const lines = ['$ npx -y pnpm@12 demo', ...printed.trimEnd().split('\n')];
const html = `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><pre>${lines.map(coloured).join('\n')}</pre>`;
const columns = Math.max(...lines.map(({ length }) => length));
photograph(
  prepareDrawingTools(console.log),
  html,
  { width: 2 * MARGIN + columns * CHARACTER_WIDTH, height: 2 * MARGIN + lines.length * LINE_HEIGHT },
  PICTURE,
);
console.log(PICTURE);

function coloured(line: string): string {
  const text = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  if (line.startsWith('$ ')) return `<span class="typed">${text}</span>`;
  return text.replace(/(\d+ delivered|equal, series by series)$/, '<span class="said">$1</span>');
}
