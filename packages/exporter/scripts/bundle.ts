/**
 * Builds dist/index.js: the delivery thread is bundled into one string, and that string into the module,
 * so that the thread needs no file beside a host that is itself bundled. `@opentelemetry/api` stays outside:
 * it holds the process-wide registration that host and exporter must share.
 */
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

const thread = await build({
  entryPoints: ['src/delivery/thread.ts'],
  absWorkingDir: packageRoot,
  bundle: true,
  write: false,
  minify: true,
  platform: 'node',
  target: 'node22',
  // An iife keeps names apart from the host's when a bundler minifies the string's surroundings;
  // a dynamic import would cost 15 ms in a dying process, a require does not.
  format: 'iife',
  supported: { 'dynamic-import': false },
});

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
  define: { DELIVERY_THREAD_SOURCE: JSON.stringify(thread.outputFiles[0]?.text) },
});

/** What a builtin exports without a getter: reading `fs.promises` is what must not happen. */
function plainExports(builtin: string): string[] {
  const exports: object = process.getBuiltinModule(builtin) ?? {};
  return Object.entries(Object.getOwnPropertyDescriptors(exports))
    .filter(([name, { get }]) => get === undefined && /^[A-Za-z]\w*$/.test(name))
    .map(([name]) => name);
}
