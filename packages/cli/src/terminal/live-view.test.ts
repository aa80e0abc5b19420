import { describe, expect, it } from 'vitest';
import { LiveView } from './live-view.ts';
import type { Output } from './output.ts';

/** A terminal that shows what a real one would: lines, cursor up, erase below. */
class Screen implements Output {
  lines: string[] = [];
  readonly isTerminal = true;
  readonly hasColours: boolean;
  readonly readerGone: AbortSignal = new AbortController().signal;
  readonly #rows: number;

  constructor(rows: number, hasColours = false) {
    this.#rows = rows;
    this.hasColours = hasColours;
  }

  print(text: string): void {
    const escapeCode = '\u001b';
    const up = new RegExp(`^${escapeCode}\\[([0-9]+)A\\r${escapeCode}\\[J`).exec(text);
    if (up !== null) this.lines = this.lines.slice(0, this.lines.length - Number(up[1]));
    const rest = up === null ? text : text.slice(up[0].length);
    this.lines.push(...rest.split('\n').slice(0, -1));
  }

  printError(): void {}

  size(): { columns: number; rows: number } {
    return { columns: 10, rows: this.#rows };
  }
}

describe('LiveView', () => {
  it('draws the newest state over the one before, and leaves nothing behind', () => {
    const screen = new Screen(10);
    let lines = ['a', 'b', 'c'];
    const view = new LiveView(screen, () => lines);
    view.draw();
    lines = ['d'];
    view.draw();
    expect(screen.lines).toEqual(['d']);
    view.erase();
    expect(screen.lines).toEqual([]);
  });

  it('shows as many lines and columns as fit, and says that there are more', () => {
    const screen = new Screen(4);
    new LiveView(screen, () => ['1234567890', 'b', 'c', 'd', 'e']).draw();
    expect(screen.lines).toEqual(['12345678…', 'b', '… and 3 …']);
  });

  it('the colour of a heading that is cut ends with it', () => {
    const screen = new Screen(4, true);
    new LiveView(screen, () => ['1234567890', 'b']).draw();
    expect(screen.lines).toEqual(['\u001b[2m12345678…\u001b[0m', 'b']);
  });
});
