/** Bundles a published package into one file or a few: a program that lives for 50 ms has no time to find twenty. */
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/**
 * Builds `dist/index.js` from `src/index.ts`, unless the options say what is built where. `@opentelemetry/api` goes in:
 * importing it as it is installed costs 16-20 ms, and what copies of it must share they share through `globalThis`.
 *
 * @param plugins asked before those that every bundle needs
 * @returns what the bundle contains
 */
export async function bundlePackage(
  packageRoot: string,
  options: BuildOptions = {},
  plugins: readonly Plugin[] = [],
): Promise<Metafile> {
  const { metafile } = await build({
    ...(options.outdir === undefined ? { outfile: 'dist/index.js' } : {}),
    entryPoints: ['src/index.ts'],
    absWorkingDir: packageRoot,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // A quarter less to compile at start; the map has the names, for whoever reads a stack trace.
    minify: true,
    sourcemap: 'linked',
    plugins: [...plugins, builtinsWithoutFacade, noMachineId],
    ...options,
    metafile: true,
  });
  return metafile;
}

/**
 * `import … from 'node:fs'` also loads fs.promises and builds a module facade, 2 ms in a program that has
 * not done so; `process.getBuiltinModule` hands out the same module in 0.02 ms.
 */
const builtinsWithoutFacade: Plugin = {
  name: 'builtins-without-facade',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      // Each by itself, so that those remain that somebody imports: some are getters, which load a module each.
      const lines = exportsOf(path).map(
        (name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`,
      );
      const builtin = `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`;
      return { contents: [builtin, ...lines].join('\n') };
    });
  },
};

/**
 * The resource detectors of OpenTelemetry, which nothing here calls, import these dynamically; esbuild then keeps all that
 * they might need, the whole API among it.
 */
const noMachineId: Plugin = {
  name: 'no-machine-id',
  setup({ onLoad }) {
    onLoad({ filter: /machine-id\/getMachineId\.m?js$/ }, () => ({
      contents: 'export const getMachineId = undefined;',
    }));
  },
};

function exportsOf(builtin: string): string[] {
  const exports: object = process.getBuiltinModule(builtin) ?? {};
  return Object.getOwnPropertyNames(exports).filter((name) => /^[A-Za-z]\w*$/.test(name));
}
