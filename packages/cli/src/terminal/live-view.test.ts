import { describe, expect, it } from 'vitest';
import { LiveView } from './live-view.ts';
import type { Output } from './output.ts';

/** A terminal of a few lines. */
class Screen implements Output {
  lines: string[] = [];
  readonly isTerminal = true;
  readonly readerGone: AbortSignal = new AbortController().signal;
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  draw(eraseLines: number, lines: readonly string[]): void {
    this.lines = [...this.lines.slice(0, this.lines.length - eraseLines), ...lines];
  }

  print(): void {}
  printLines(): void {}
  printDocument(): void {}
  printJson(): void {}
  printError(): void {}

  columns(): number {
    return this.size().columns;
  }

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
});
