const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of a PromQL duration of one unit (`90s`, `30m`, `6h`, `3d`, `2w`); `undefined` when it is none, or 0. */
export function durationSeconds(duration: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d+)([smhdw])$/.exec(duration) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  return seconds > 0 ? seconds : undefined;
}
