/** Draws a board in Chromium: a page of its own with Grafana's components and the answers inside. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { DrawingTools } from './drawing-tools.ts';
import type { DrawnBoard } from './drawn-board.ts';

/** Pixels. Grafana's grid has 38 for a row. */
const WIDTH = 1640;
const ROW_HEIGHT = 38;
const HEAD_HEIGHT = 76;

const STYLE =
  '*{box-sizing:border-box}body{margin:16px;font:14px "DejaVu Sans",sans-serif}h1{font-size:20px}h2{font-size:16px;margin:0}.no-value{font-size:24px;display:flex;height:100%;align-items:center;justify-content:center;text-align:center}';

/** A page that draws itself when it is opened. Drawing it again and again needs one bundle. */
export async function bundlePage({ modules }: DrawingTools): Promise<(board: DrawnBoard) => string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'drawing', 'page.tsx')],
    bundle: true,
    write: false,
    outdir: 'page',
    format: 'iife',
    jsx: 'automatic',
    minify: true,
    nodePaths: [modules],
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.ttf': 'empty' },
    logLevel: 'error',
  });
  const textOf = (ending: string): string =>
    outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  const script = textOf('.js').replaceAll('</script', '<\\/script');
  return (board) => {
    const json = JSON.stringify(board).replaceAll('<', '\\u003c');
    return `<!doctype html><meta charset="utf-8"><title>${board.uid}</title><style>${STYLE}${textOf('.css')}</style><div id="root"></div><script>var BOARD=${json}</script><script>${script}</script>`;
  };
}

/** What the page looks like, as a PNG file at `path`. */
export function photographBoard(tools: DrawingTools, html: string, board: DrawnBoard, path: string): void {
  const bottom = Math.max(...board.panels.map(({ json: { gridPos } }) => gridPos.y + gridPos.h));
  photograph(tools, html, { width: WIDTH, height: HEAD_HEIGHT + bottom * ROW_HEIGHT }, path);
}

/** Any page, as a PNG file of that many pixels at `path`. */
export function photograph(
  tools: Pick<DrawingTools, 'chromium'>,
  html: string,
  { width, height }: { readonly width: number; readonly height: number },
  path: string,
): void {
  runChromium(tools, html, [`--window-size=${width},${height}`, `--screenshot=${path}`]);
}

/** What the page holds after it has drawn itself, as HTML. */
export function readDrawn(tools: DrawingTools, html: string): string {
  return runChromium(tools, html, [`--window-size=${WIDTH},2600`, '--dump-dom']);
}

function runChromium(
  { chromium }: Pick<DrawingTools, 'chromium'>,
  html: string,
  args: readonly string[],
): string {
  const directory = mkdtempSync(join(tmpdir(), 'board-'));
  try {
    const page = join(directory, 'page.html');
    writeFileSync(page, html);
    const always = [
      '--headless=new',
      // Inside a container there is no other sandbox to put it into; the page is ours.
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--force-device-scale-factor=1',
      `--user-data-dir=${join(directory, 'profile')}`,
      // Its clock runs ahead once nothing is left to do: no waiting, and the same picture each time.
      '--virtual-time-budget=10000',
    ];
    return execFileSync(chromium, [...always, ...args, `file://${page}`], {
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
