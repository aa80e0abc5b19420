/** Bundles a published package into one file: a program that lives for 50 ms has no time to find twenty. */
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * Builds `dist/index.js` from `src/index.ts`. `@opentelemetry/api` goes in: importing it as it is installed costs
 * 16-20 ms, and what copies of it must share they share through `globalThis`.
 */
export async function bundlePackage(packageRoot: string, options: BuildOptions = {}): Promise<void> {
  await build({
    entryPoints: ['src/index.ts'],
    absWorkingDir: packageRoot,
    bundle: true,
    outfile: 'dist/index.js',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // Less to compile at start; names stay, for whoever reads a stack trace.
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [builtinsWithoutFacade],
    ...options,
  });
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
      const names = plainExports(path).join(', ');
      return { contents: `export const { ${names} } = process.getBuiltinModule(${JSON.stringify(path)});` };
    });
  },
};

/** What a builtin exports without a getter: reading `fs.promises` is what must not happen. */
function plainExports(builtin: string): string[] {
  const exports: object = process.getBuiltinModule(builtin) ?? {};
  return Object.entries(Object.getOwnPropertyDescriptors(exports))
    .filter(([name, { get }]) => get === undefined && /^[A-Za-z]\w*$/.test(name))
    .map(([name]) => name);
}
