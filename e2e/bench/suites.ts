/** Figures of whole suites: what SIGKILLs lose, what attacks take, whether the SDKs' totals are exact. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import type { Figure } from '../../scripts/figure.ts';
import { notedFigures, SUITE_FIGURES, type SuiteFigure } from '../support/note-figure.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KILLS = '10';
const FILES = ['amp-kills', 'victoria-kills', 'gateway/memory', 'hostile-sender', 'sdk-programs'];

const ABOUT: Readonly<Record<SuiteFigure, Omit<Figure, 'name' | 'value'>>> = {
  'gateway.memory.attacked': {
    meaning:
      'Peak memory under 64 of the worst requests at once, with the dedupe full / the container’s limit',
    unit: 'ratio',
    bar: { limit: 0.8, goFor: 0.5 },
  },
  'gateway.memory.fuzzed': {
    meaning: 'Peak memory beside 1,200 seeded random requests / the container’s limit',
    unit: 'ratio',
    bar: { limit: 0.8, goFor: 0.5 },
  },
  'gateway.amp.lost': {
    meaning: `Lost on the way to AMP over ${KILLS} SIGKILLs of the gateway under load, series that a catalogue knows: scrape intervals for each kill, the mean`,
    unit: 'intervals',
    bar: { limit: 1 },
  },
  'gateway.amp.lost_uncatalogued': {
    meaning: 'The same of series that none knows, after the readiness wait',
    unit: 'intervals',
    bar: { limit: 1 },
  },
  'gateway.victoria_metrics.lost': {
    meaning: `Sessions lost or counted twice in VictoriaMetrics over ${KILLS} SIGKILLs of the gateway under load, 10 % sent twice: the store there, away, or slow`,
    unit: 'sessions',
    bar: { limit: 0 },
  },
  'gateway.sdk.wrong': {
    meaning: 'Totals of OpenTelemetry’s SDKs for Python and Go that are not exact',
    unit: 'totals',
    bar: { limit: 0 },
  },
};

/** Runs them, one file at a time. @throws {Error} when one fails */
export function measureSuites(): readonly Figure[] {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'figures');
  writeFileSync(file, '');
  execFileSync(
    'vitest',
    ['run', '--config', join(ROOT, 'e2e', 'vitest.config.ts'), '--no-file-parallelism', ...FILES],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, E2E_KILLS: KILLS, E2E_FIGURES: file },
    },
  );
  const noted = notedFigures(file);
  return SUITE_FIGURES.map((name) => ({ name, ...ABOUT[name], value: noted.get(name) ?? Number.NaN }));
}
