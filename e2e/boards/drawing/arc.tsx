/** A gauge, drawn here: Grafana's own needs a library that comes with Grafana alone. */
import {
  type DisplayValue,
  type FieldConfig,
  formattedValueToString,
  type GrafanaTheme2,
} from '@grafana/data';

/** What is drawn, and where. */
export interface ArcProps {
  readonly value: DisplayValue;
  readonly field: FieldConfig;
  readonly width: number;
  readonly height: number;
  readonly theme: GrafanaTheme2;
}

/** Parts of the width and height that are available. */
const BAND = 0.16;
const SCALE = 0.05;

/** A half circle, filled as far as the value goes, with the steps of its thresholds around it and the value below. */
export function Arc({ value, field, width, height, theme }: ArcProps) {
  const { min = 0, max = 1 } = field;
  const radius = Math.min(width / 2, height) * 0.92;
  const band = radius * BAND;
  const scale = radius * SCALE;
  const center = { x: width / 2, y: (height + radius) / 2 };
  const part = (number: number): number => Math.min(1, Math.max(0, (number - min) / (max - min)));
  const arc = (from: number, to: number, distance: number): string => {
    const point = (at: number): string =>
      `${center.x - distance * Math.cos(at * Math.PI)} ${center.y - distance * Math.sin(at * Math.PI)}`;
    return `M ${point(from)} A ${distance} ${distance} 0 0 1 ${point(to)}`;
  };
  const steps = field.thresholds?.steps ?? [];
  const inner = radius - scale - 2 - band / 2;
  return (
    <svg width={width} height={height} style={{ display: 'block' }}>
      <title>{value.title}</title>
      <path
        d={arc(0, 1, inner)}
        fill="none"
        stroke={theme.colors.background.secondary}
        strokeWidth={band}
        data-part="track"
      />
      <path d={arc(0, part(value.numeric), inner)} fill="none" stroke={value.color} strokeWidth={band} />
      {steps.map((step, index) => (
        <path
          key={step.value}
          d={arc(part(step.value), part(steps[index + 1]?.value ?? max), radius - scale / 2)}
          fill="none"
          stroke={theme.visualization.getColorByName(step.color)}
          strokeWidth={scale}
        />
      ))}
      <text
        x={center.x}
        y={center.y - band / 2}
        textAnchor="middle"
        fontSize={radius * 0.32}
        fontWeight={500}
        fill={value.color}
      >
        {formattedValueToString(value)}
      </text>
    </svg>
  );
}
