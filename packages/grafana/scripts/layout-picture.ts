/** Draws where a dashboard's rows and panels stand, for readers without a Grafana. */
import {
  type DashboardDefinition,
  GRID_COLUMNS,
  type PanelDefinition,
  type Placed,
  placeRows,
} from '../src/engine/panels/panel.ts';

/** Pixels of one cell of Grafana's grid. */
const CELL_WIDTH = 40;
const CELL_HEIGHT = 16;
const HEAD_HEIGHT = 56;
const GAP = 3;
/** A character of the panels' font is about this wide. */
const CHARACTER_WIDTH = 7.2;

/** An SVG image, the same bytes for the same definition. */
export function drawLayout(definition: DashboardDefinition): string {
  const rows = placeRows(definition.rows);
  const bottom = Math.max(
    0,
    ...rows.flatMap(({ row, panels }) => [row, ...panels].map(({ y, height }) => y + height)),
  );
  const width = GRID_COLUMNS * CELL_WIDTH;
  const height = HEAD_HEIGHT + bottom * CELL_HEIGHT + GAP;
  const choices = definition.variables.map(({ name }) => name).join('   ');
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" role="img">`,
    `<title>${escapeText(definition.title)}: layout</title>`,
    `<rect width="${width}" height="${height}" fill="#f4f5f5"/>`,
    `<text x="8" y="22" font-size="16" font-weight="bold" fill="#24292e">${escapeText(definition.title)}</text>`,
    `<text x="8" y="44" font-size="12" fill="#57606a" xml:space="preserve">${escapeText(choices)}</text>`,
    ...rows.flatMap(({ row, panels }) => [
      `<text x="8" y="${topOf(row.y) + 12}" font-size="12" font-weight="bold" fill="#24292e">${escapeText(row.item.title)}</text>`,
      ...panels.map(drawPanel),
    ]),
    '</svg>',
  ].join('\n')}\n`;
}

function drawPanel({ item, x, y, width, height }: Placed<PanelDefinition>): string {
  const left = x * CELL_WIDTH + GAP;
  const top = topOf(y);
  const pixelWidth = width * CELL_WIDTH - 2 * GAP;
  const pixelHeight = height * CELL_HEIGHT - GAP;
  const legends = item.queries.map(({ legend }) => legend).join(', ');
  return [
    `<rect x="${left}" y="${top}" width="${pixelWidth}" height="${pixelHeight}" rx="2" fill="#ffffff" stroke="#d0d7de"/>`,
    `<text x="${left + 8}" y="${top + 18}" font-size="12" fill="#24292e">${escapeText(fitting(item.title, pixelWidth))}</text>`,
    `<text x="${left + 8}" y="${top + 36}" font-size="11" fill="#57606a">${escapeText(fitting(`${item.kind}, ${item.unit}: ${legends}`, pixelWidth))}</text>`,
  ].join('\n');
}

function topOf(row: number): number {
  return HEAD_HEIGHT + row * CELL_HEIGHT;
}

function fitting(text: string, width: number): string {
  const most = Math.floor((width - 16) / CHARACTER_WIDTH);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
