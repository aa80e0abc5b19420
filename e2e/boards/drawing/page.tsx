/** Draws a board with Grafana's own panel components, from answers that Prometheus gave. Runs in a browser. */
import {
  applyFieldOverrides,
  createTheme,
  type DataFrame,
  dateTime,
  type FieldConfigSource,
  FieldType,
  getDisplayProcessor,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  type TimeRange,
  toDataFrame,
} from '@grafana/data';
import { BarGauge, BigValue, PanelChrome, ThemeContext, TimeSeries } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import type { DrawnBoard, DrawnPanel } from '../drawn-board.ts';
import { Arc } from './arc.tsx';

/** Pixels of Grafana's grid at a window of 1,600. */
const WIDTH = 1600;
const CELL = { width: WIDTH / 24, height: 38 };
const GAP = 8;

const theme = createTheme({ colors: { mode: 'light' } });
// The board uses standard options only; of them the colour and the unit are what the override needs.
standardEditorsRegistry.setInit(() => []);
standardFieldConfigEditorRegistry.setInit(
  () =>
    [
      'unit',
      'min',
      'max',
      'decimals',
      'displayName',
      'noValue',
      'color',
      'thresholds',
      'mappings',
      'links',
    ].map((id) => ({
      id,
      path: id,
      name: id,
      override: () => null,
      editor: () => null,
      process: (value: unknown) => value,
      shouldApply: () => true,
      getItemsCount: () => 0,
      settings: {},
    })) as never,
);

function framesOf(panel: DrawnPanel, fieldConfig: FieldConfigSource): DataFrame[] {
  const frames = panel.series.map(({ name, points }, index) =>
    toDataFrame({
      refId: String(index),
      name,
      fields: [
        { name: 'time', type: FieldType.time, values: points.map(([ms]) => ms) },
        {
          name,
          type: FieldType.number,
          values: points.map(([, value]) => value),
          config: { displayName: name },
        },
      ],
    }),
  );
  const applied = applyFieldOverrides({
    data: frames,
    fieldConfig,
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  // How a panel draws is of its plugin, which is not here: its own options go in as they stand.
  for (const field of applied.flatMap(({ fields }) => fields)) {
    if (field.type === FieldType.number) field.config.custom = { ...fieldConfig.defaults.custom };
  }
  return applied;
}

function Panel({ panel, range }: { panel: DrawnPanel; range: TimeRange }) {
  const { gridPos, title, description } = panel.json;
  const size = { width: gridPos.w * CELL.width - GAP, height: gridPos.h * CELL.height - GAP };
  return (
    <div
      style={{ position: 'absolute', left: gridPos.x * CELL.width, top: gridPos.y * CELL.height }}
      data-panel={title}
    >
      <PanelChrome title={title} description={description} width={size.width} height={size.height}>
        {(width, height) => <Content panel={panel} range={range} width={width} height={height} />}
      </PanelChrome>
    </div>
  );
}

function Content({
  panel,
  range,
  width,
  height,
}: {
  panel: DrawnPanel;
  range: TimeRange;
  width: number;
  height: number;
}) {
  const { type, options, fieldConfig } = panel.json;
  if (panel.series.length === 0) return <div className="no-value">{fieldConfig.defaults.noValue}</div>;
  const frames = framesOf(panel, fieldConfig);
  if (type === 'timeseries') {
    return (
      <TimeSeries
        frames={frames}
        timeRange={range}
        timeZone="utc"
        width={width}
        height={height}
        legend={options.legend}
        options={options}
      />
    );
  }
  const values = getFieldDisplayValues({
    fieldConfig,
    reduceOptions: { calcs: ['lastNotNull'], values: false },
    replaceVariables: (text) => text,
    theme,
    data: frames,
    timeZone: 'utc',
  });
  if (type === 'bargauge') {
    const each = Math.floor(height / values.length);
    // Bars that begin and end at the same place: names and numbers may be of any length.
    const alignmentFactors = getDisplayValueAlignmentFactors(values);
    return (
      <div>
        {values.map(({ display, field }, index) => (
          <BarGauge
            key={index}
            width={width}
            height={each - 4}
            value={display}
            field={field}
            orientation="horizontal"
            displayMode={options.displayMode}
            theme={theme}
            itemSpacing={4}
            alignmentFactors={alignmentFactors}
            display={getDisplayProcessor({ field: { type: FieldType.number, config: field }, theme })}
          />
        ))}
      </div>
    );
  }
  const each = Math.floor(width / values.length);
  if (type === 'gauge') {
    return (
      <div style={{ display: 'flex' }}>
        {values.map(({ display, field }, index) => (
          <Arc key={index} value={display} field={field} width={each} height={height} theme={theme} />
        ))}
      </div>
    );
  }
  return (
    <div style={{ display: 'flex' }}>
      {values.map(({ display }, index) => (
        <BigValue
          key={index}
          width={each}
          height={height}
          value={display}
          theme={theme}
          colorMode="value"
          graphMode="none"
          justifyMode="auto"
          textMode={options.textMode ?? 'value'}
        />
      ))}
    </div>
  );
}

/** The label of the last moment stands under it, half of it to the right: a chart that ends there cuts it off. */
const ROOM_AT_THE_END = 0.025;

function Board({ board }: { board: DrawnBoard }) {
  const from = dateTime(board.fromMs);
  const to = dateTime(board.toMs + ROOM_AT_THE_END * (board.toMs - board.fromMs));
  const range = { from, to, raw: { from, to } };
  const bottom = Math.max(
    ...[...board.rows, ...board.panels.map(({ json }) => json)].map(({ gridPos }) => gridPos.y + gridPos.h),
  );
  return (
    <ThemeContext.Provider value={theme}>
      <h1 id="title">{board.title}</h1>
      <div id="board" style={{ position: 'relative', width: WIDTH, height: bottom * CELL.height }}>
        {board.rows.map(({ title, gridPos }) => (
          <h2 key={title} style={{ position: 'absolute', left: 0, top: gridPos.y * CELL.height + 4 }}>
            {title}
          </h2>
        ))}
        {board.panels.map((panel) => (
          <Panel key={panel.json.title} panel={panel} range={range} />
        ))}
      </div>
    </ThemeContext.Provider>
  );
}

declare const BOARD: DrawnBoard;
document.body.style.background = theme.colors.background.canvas;
createRoot(document.getElementById('root') as HTMLElement).render(<Board board={BOARD} />);
