/** Lines that are drawn over themselves on a terminal. */
import type { Output } from './output.ts';

const REDRAW_EVERY_MS = 200;

/** Draws the newest state a few times a second, however often it changes. */
export class LiveView {
  readonly #output: Output;
  readonly #lines: () => readonly string[];
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param lines the state under a heading of one line; as many as fit are shown */
  constructor(output: Output, lines: () => readonly string[]) {
    this.#output = output;
    this.#lines = lines;
  }

  /** Something changed. */
  refresh(): void {
    this.#timer ??= setTimeout(() => this.draw(), REDRAW_EVERY_MS);
  }

  draw(): void {
    const { columns, rows } = this.#output.size();
    this.stop();
    const all = this.#lines();
    const room = Math.max(1, rows - 1);
    const more = `… and ${all.length - room + 1} more lines`;
    const shown = (all.length <= room ? all : [...all.slice(0, room - 1), more]).map((line) =>
      cut(line, columns),
    );
    this.#output.draw(this.#drawn, shown);
    this.#drawn = shown.length;
  }

  /** Erases what is drawn: the final lines follow in full. */
  erase(): void {
    this.stop();
    this.#output.draw(this.#drawn, []);
    this.#drawn = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** A line that wraps would be two lines to erase. */
function cut(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
