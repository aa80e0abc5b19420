/** Builds dist/index.js with the contract inside; the exporter stays a package of its own, one copy a process. */
import { fileURLToPath } from 'node:url';
import { bundlePackage } from '../../../scripts/bundle-package.ts';

await bundlePackage(fileURLToPath(new URL('..', import.meta.url)), { external: ['@ephemetry/exporter'] });
