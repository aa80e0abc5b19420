/** A board with the answers to its queries, as the drawing in the browser takes it. */

/** Where something stands in Grafana's grid of 24 columns. */
interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A panel's JSON as far as it is drawn from. */
export interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: GridPos;
  // biome-ignore lint/suspicious/noExplicitAny: Grafana's components take these as the board has them.
  readonly options: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly fieldConfig: any;
}

/** One series under the name that its legend gives it. */
export interface DrawnSeries {
  readonly name: string;
  /** Unix milliseconds and value. */
  readonly points: readonly (readonly [number, number])[];
}

/** A panel and what it shows. */
export interface DrawnPanel {
  readonly json: PanelJson;
  readonly series: readonly DrawnSeries[];
}

/** A whole board. */
export interface DrawnBoard {
  readonly uid: string;
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly { readonly title: string; readonly gridPos: GridPos }[];
  readonly panels: readonly DrawnPanel[];
}
