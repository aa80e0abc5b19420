/**
 * A panel before it is Grafana's: what it asks, how it is read, and what to do when it is red. Dashboards, their
 * documentation, their picture and their tests are all made from this.
 */

import type { AlertJudge } from '../alerts/alert.ts';

/** What a panel says when there is nothing to show, unless it has words of its own. */
export const NOTHING_TO_SHOW = 'no runs in this range';

/** One query of a panel. */
export interface PanelQuery {
  readonly expr: string;
  /** Name of its series: text, or labels as `{{phase}}`. */
  readonly legend: string;
}

/** A colour of Grafana's palette, or any other. Red, orange and green judge; all others only tell apart. */
export type PanelColor =
  | 'green'
  | 'light-green'
  | 'orange'
  | 'red'
  | 'yellow'
  | 'blue'
  | 'light-blue'
  | 'dark-blue'
  | 'purple'
  | 'light-purple'
  | 'dark-purple'
  | 'dark-green'
  | 'dark-yellow'
  | 'text'
  | `#${string}`;

/** From this value on, this colour. The first step has no value. */
export interface Threshold {
  readonly color: PanelColor;
  readonly value: number | null;
}

/** A number that stands for a state. */
export interface ValueName {
  readonly value: number;
  readonly text: string;
  readonly color: PanelColor;
}

/** One panel. */
export interface PanelDefinition {
  /** `stat`, `gauge` and `bargauge` show one moment, `timeseries` shows the range. */
  readonly kind: 'stat' | 'gauge' | 'bargauge' | 'timeseries';
  readonly title: string;
  /** The question that it answers. One sentence; its description in Grafana. */
  readonly question: string;
  /** What to do when it looks bad: a sentence or two for the documentation. */
  readonly whenRed: string;
  readonly queries: readonly PanelQuery[];
  /** A unit of Grafana: `percentunit`, `s`, `locale` for whole numbers, `short`, `bytes`, `currencyUSD`. */
  readonly unit: string;
  /**
   * How a chart draws its series. `bars`: what a window counted, stacked. `points`: readings of windows, which may be
   * hours apart and are never joined. `line`: a value that is always there. `bands`: the same, stacked, for values that
   * would lie upon each other. Read for `timeseries` only.
   * @default 'line'
   */
  readonly drawn?: 'bars' | 'points' | 'line' | 'bands';
  /** Colour of a series by its name in the legend: what a name means has one colour. @default as Grafana chooses */
  readonly colors?: Readonly<Record<string, PanelColor>>;
  /** @default as Grafana chooses */
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** @default one step: no value is worse than another */
  readonly thresholds?: readonly Threshold[];
  /** What numbers that stand for states are called, and their colours. @default numbers are shown */
  readonly names?: readonly ValueName[];
  /** What it says when there is nothing to show. @default {@link NOTHING_TO_SHOW} */
  readonly empty?: string;
  /** An alert whose page explains more: its uid. @default no link */
  readonly alert?: string;
}

/** A row of panels under a title. */
export interface RowDefinition {
  readonly title: string;
  /** Size of each of its panels, in Grafana's grid of 24 columns. */
  readonly size: { readonly width: number; readonly height: number };
  readonly panels: readonly PanelDefinition[];
}

/** A choice at the head of a dashboard. */
export type VariableDefinition =
  /** The values that a label has in the metric, several of them at a time. */
  | { readonly kind: 'label'; readonly name: string; readonly query: string }
  /** One of a few values; the first is the default. */
  | { readonly kind: 'choice'; readonly name: string; readonly values: readonly string[] };

/** Moments that are marked on every chart: wherever the expression has a sample. */
export interface MarkDefinition {
  readonly name: string;
  readonly expr: string;
  /** Text of a mark; labels as `{{alertname}}`. */
  readonly text: string;
  readonly color: PanelColor;
}

/** A dashboard. */
export interface DashboardDefinition {
  /** At most 40 characters: the limit of Grafana. */
  readonly uid: string;
  readonly title: string;
  /** What it is for: one sentence. */
  readonly purpose: string;
  readonly tags: readonly string[];
  /** How far it looks back when it is opened, as a PromQL duration. @default '6h' */
  readonly range?: string;
  /** Who judges the alerts that its panels name. @default 'grafana' */
  readonly judge?: AlertJudge;
  /** Moments that every chart marks. @default none */
  readonly marks?: readonly MarkDefinition[];
  readonly variables: readonly VariableDefinition[];
  readonly rows: readonly RowDefinition[];
}

/** Where a row or a panel stands, in Grafana's grid. */
export interface Placed<Item> {
  readonly item: Item;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Rows from top to bottom, each with its panels from left to right. */
export function placeRows(
  rows: readonly RowDefinition[],
): readonly { readonly row: Placed<RowDefinition>; readonly panels: readonly Placed<PanelDefinition>[] }[] {
  let y = 0;
  return rows.map((row) => {
    const { width, height } = row.size;
    const perLine = Math.floor(GRID_COLUMNS / width);
    const top = y + 1;
    const panels = row.panels.map((item, index) => ({
      item,
      x: (index % perLine) * width,
      y: top + Math.floor(index / perLine) * height,
      width,
      height,
    }));
    const placed = { row: { item: row, x: 0, y, width: GRID_COLUMNS, height: 1 }, panels };
    y = top + Math.ceil(row.panels.length / perLine) * height;
    return placed;
  });
}

/** Columns of Grafana's grid. */
const GRID_COLUMNS = 24;
