/** Builds dist/index.js with the contract inside; the exporter stays a package of its own, one copy a process. */
import { fileURLToPath } from 'node:url';
import { bundlePackage } from '../../../scripts/bundle-package.ts';
import { writeNotices } from '../../../scripts/third-party-notices.ts';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

writeNotices(packageRoot, [await bundlePackage(packageRoot, { external: ['@ephemetry/exporter'] })]);
