/**
 * Builds dist/spool.js, and dist/index.js: what delivers is bundled into one string, and that string into the module, so that the thread
 * needs no file beside a host that is itself bundled, and a program that ends without delivering compiles none of it.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundlePackage } from '../../../scripts/bundle-package.ts';
import { writeNotices } from '../../../scripts/third-party-notices.ts';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

const deliverer = await build({
  entryPoints: ['src/delivery/worker/inlined.ts'],
  absWorkingDir: packageRoot,
  bundle: true,
  write: false,
  metafile: true,
  minify: true,
  platform: 'node',
  target: 'node22',
  // An iife keeps names apart from the host's when a bundler minifies the string's surroundings;
  // a dynamic import would cost 15 ms in a dying process, a require does not.
  format: 'iife',
  globalName: 'ephemetryDelivery',
  supported: { 'dynamic-import': false },
});

const main = await bundlePackage(packageRoot, {
  define: { DELIVERER_SOURCE: JSON.stringify(deliverer.outputFiles[0]?.text) },
});

const spool = await bundlePackage(packageRoot, { entryPoints: ['src/spool.ts'], outfile: 'dist/spool.js' });

writeNotices(packageRoot, [deliverer.metafile, main, spool]);
