/** Lines that are drawn over themselves on a terminal. */
import type { Output } from './output.ts';

const REDRAW_EVERY_MS = 200;
const ERASE_BELOW = '\u001b[J';

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
    const [heading = '', ...rest] = shown;
    const text = [this.#dim(heading), ...rest].map((line) => `${line}\n`).join('');
    this.#output.print(`${this.#up()}${text}`);
    this.#drawn = shown.length;
  }

  /** Erases what is drawn: the final lines follow in full. */
  erase(): void {
    this.stop();
    this.#output.print(this.#up());
    this.#drawn = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** After the line is cut, or the colour would never end. */
  #dim(line: string): string {
    return this.#output.hasColours ? `\u001b[2m${line}\u001b[0m` : line;
  }

  #up(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r${ERASE_BELOW}`;
  }
}

/** A line that wraps would be two lines to erase. */
function cut(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
