/**
 * Builds dist/index.js: the delivery thread is bundled into one string, and that string into the module,
 * so that the thread needs no file beside a host that is itself bundled.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundlePackage } from '../../../scripts/bundle-package.ts';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

const thread = await build({
  entryPoints: ['src/delivery/worker/thread.ts'],
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

await bundlePackage(packageRoot, {
  define: { DELIVERY_THREAD_SOURCE: JSON.stringify(thread.outputFiles[0]?.text) },
});
