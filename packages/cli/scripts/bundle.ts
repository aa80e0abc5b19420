/**
 * Builds dist. A push that finds 77 modules takes three times as long as a Node that does nothing, so what scripts start again
 * and again is two files: the start, and a program of one or a few verbs. What such a program loads later is a file of its own
 * as well; files that share nothing also go together when another version was installed meanwhile. All other verbs share their
 * files. What the manifest has installed beside the command stays outside: engines that few verbs need, and what brings them.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { bundlePackage } from '../../../scripts/bundle-package.ts';
import { writeNotices } from '../../../scripts/third-party-notices.ts';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const dist = join(packageRoot, 'dist');
const NOT_BUILT = ['types', '.tsbuildinfo'];

const { dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(packageRoot, 'package.json'), 'utf8'),
);
const OPTIONS: BuildOptions = {
  outdir: dist,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
};

/** Maps of files that share nothing would be half of what is installed: a stack trace has the names as they are instead. */
const NAMED: BuildOptions = { sourcemap: false, minifyIdentifiers: false };

// The second is a process of its own, which a push starts: `start-delivery.ts` looks for it beside itself.
const shared = ['src/programs/all.ts', 'src/push/deliver-later.ts'];
const bundles = [
  await bundlePackage(packageRoot, { ...OPTIONS, entryPoints: shared, splitting: true }),
  ...(await bundleApart('src/main.ts')),
];
const written = bundles.flatMap(({ outputs }) => Object.keys(outputs).map((path) => basename(path)));
for (const stale of readdirSync(dist).filter((name) => ![...written, ...NOT_BUILT].includes(name)))
  rmSync(join(dist, stale), { recursive: true });
writeNotices(packageRoot, bundles);

/** Bundles a file, and by itself each file that it loads later, and so on. */
async function bundleApart(entry: string): Promise<readonly Metafile[]> {
  const paths = new Map([['main', entry], ...shared.map((path) => [nameOf(path), path] as const)]);
  const built: Metafile[] = [];
  const loadedLater: Plugin = {
    name: 'loaded-later',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^\.|^@ephemetry\// }, async ({ path, kind, pluginData, ...place }) => {
        if (kind !== 'dynamic-import' || pluginData === 'resolved') return undefined;
        const found = await resolve(path, { ...place, kind, pluginData: 'resolved' });
        if (found.external || found.errors.length > 0) return found;
        const name = nameOf(path);
        const known = paths.get(name);
        if (known !== undefined && join(packageRoot, known) !== found.path && known !== found.path)
          throw new Error(`${known} and ${found.path} would be one file of dist: ${name}.js`);
        if (known === undefined) paths.set(name, found.path);
        return { path: `./${name}.js`, external: true };
      });
    },
  };
  for (const [name, path] of paths)
    if (!shared.includes(path))
      built.push(
        await bundlePackage(packageRoot, { ...OPTIONS, ...NAMED, entryPoints: [{ in: path, out: name }] }, [
          loadedLater,
        ]),
      );
  return built;
}

/** `./programs/push.ts` is `push`, `@ephemetry/wrapper/push` is `wrapper-push`. */
function nameOf(path: string): string {
  if (path.startsWith('@')) return path.split('/').slice(1).join('-');
  return basename(path).replace(/\.[jt]s$/, '');
}
