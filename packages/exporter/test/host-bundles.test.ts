/** Hosts that a bundler made one file of: the delivery thread comes along, whatever format and names are left. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '@ephemetry/testing';
import { type BuildOptions, build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { ending, fixture, setScene, verdicts } from './scene.ts';

const BUNDLES: Readonly<Record<string, BuildOptions & { readonly outExtension: Record<string, string> }>> = {
  ESM: { format: 'esm', outExtension: { '.js': '.mjs' } },
  'minified ESM': { format: 'esm', minify: true, outExtension: { '.js': '.mjs' } },
  CJS: { format: 'cjs', outExtension: { '.js': '.cjs' } },
  'minified CJS': { format: 'cjs', minify: true, outExtension: { '.js': '.cjs' } },
  'CJS for an old Node': { format: 'cjs', target: 'node18', outExtension: { '.js': '.cjs' } },
};

describe.concurrent('a host in one file', () => {
  for (const [kind, options] of Object.entries(BUNDLES)) {
    test(`${kind}: delivers, and keeps its exit code`, async (context) => {
      const scene = await setScene(context);
      const outfile = join(scene.directory, `host${options.outExtension['.js']}`);
      const { outExtension: _, ...rest } = options;
      // Minified by hand above all: names of the host and of the thread must not meet.
      await build({
        entryPoints: [fixture('bundled-host.ts')],
        bundle: true,
        platform: 'node',
        outfile,
        ...rest,
      });

      const ended = await runProgram(outfile, { env: scene.env, cwd: scene.directory });

      expect({ ...ending(ended), stderr: ended.stderr }).toMatchObject({ code: 3, stderr: '' });
      expect(verdicts(ended)).toMatchObject([{ delivered: 1 }]);
      await scene.expectCounted(1);
    });
  }

  test('required from CommonJS, unbundled', async (context) => {
    const scene = await setScene(context);
    const program = join(scene.directory, 'host.cjs');
    const exporter = JSON.stringify(fixture('../../dist/index.js'));
    writeFileSync(
      program,
      `const { createMeterProvider } = require(${exporter});
       require(${JSON.stringify(fixture('measure.ts'))}).measure(createMeterProvider());`,
    );

    const ended = await runProgram(program, { env: scene.env });

    expect({ ...ending(ended), stderr: ended.stderr }).toMatchObject({ code: 0, stderr: '' });
    await scene.expectCounted(1);
  });
});
