/**
 * The measured programs, built once: stripping types would add the same 20 ms to every process and make
 * each ratio look better than it is.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PROGRAMS = [
  'ask-wrapper',
  'bare',
  'empty-module',
  'ephemetry-session',
  'end-later',
  'exit-bare',
  'exit-ephemetry',
  'exit-otel',
  'import-empty',
  'import-exporter',
  'natural-session',
  'otel-session',
  'peak-memory',
  'raw-post',
  'raw-post-lean',
  'sessions-in-a-row',
  'spawn-post',
  'spawn-post-lean',
  'sustained-add',
  'thread-boot',
  'write-gigabyte',
] as const;

/** A file of `programs/` without its ending. */
export type ProgramName = (typeof PROGRAMS)[number];

/** Builds all programs. What users import stays outside, so that each process loads what theirs would. */
export async function buildPrograms(): Promise<void> {
  await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: PROGRAMS.map((name) => `programs/${name}.ts`),
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    external: ['@ephemetry/exporter', '@opentelemetry/*', './empty-module.js'],
    logLevel: 'error',
  });
}

/** Where a built program is. */
export function programFile(name: ProgramName): string {
  return fileURLToPath(new URL(`dist/${name}.js`, import.meta.url));
}
