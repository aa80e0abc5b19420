/** The recorded runs of the night, as if they had been last night. */
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NIGHT = join(import.meta.dirname, '..', 'night');
/** Of the runs. The first two are of one commit. */
export const COMMITS: readonly string[] = ['a1b2c3d', 'a1b2c3d', 'e4f5a6b'];
const HOUR_MS = 3_600_000;

/**
 * Puts the reports of a run into a folder.
 *
 * @param betweenMs between two runs: the first one was four times that ago. @default an hour
 */
export function placeRun(number: number, reports: string, betweenMs: number = HOUR_MS): void {
  cpSync(join(NIGHT, 'runs', String(number)), reports, { recursive: true });
  const shiftMs = Date.now() - (5 - number) * betweenMs - firstStart(reports);
  for (const path of globSync(join(reports, '*.xml')))
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(
        /timestamp="([^"]+)"/g,
        (_, time: string) => `timestamp="${new Date(Date.parse(time) + shiftMs).toISOString()}"`,
      ),
    );
}

function firstStart(reports: string): number {
  const times = globSync(join(reports, '*.xml')).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/timestamp="([^"]+)"/g)].map(([, time = '']) => Date.parse(time)),
  );
  return Math.min(...times);
}

/** What the team declares. */
export function deployment(ports: { readonly ezra?: number; readonly mail?: number }): string {
  return readFileSync(join(NIGHT, 'ephemetry.yaml'), 'utf8')
    .replace(':EZRA/', `:${ports.ezra ?? 1}/`)
    .replace(':MAIL/', `:${ports.mail ?? 1}/`);
}
