/** One word, one thing: what packages export is read side by side, in one program. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

/** A module that a package's manifest exports. */
interface Entry {
  readonly path: string;
  readonly packageName: string;
}

/** A name that an entry exports; `from` is a file of the package or another package, where it is called `given`. */
interface PublicName {
  readonly name: string;
  readonly given: string;
  readonly from: string;
  readonly packageName: string;
}

const EXPORT = /export (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from '([^']+)';/g;
const ENTRIES = globSync('packages/*/package.json', { cwd: ROOT }).flatMap((path) =>
  entriesOf(dirname(path)),
);
const NAMES = ENTRIES.flatMap(publicNames);

test.each(ENTRIES)('$path only names what other files declare', ({ path }) => {
  expect(readCode(path).replaceAll(EXPORT, '').trim()).toBe('');
});

test('no name that packages export has two meanings', () => {
  const origins = new Map<string, Set<string>>();
  for (const exported of NAMES) {
    const known = origins.get(exported.name) ?? new Set();
    origins.set(exported.name, known.add(originOf(exported)));
  }
  const twice = [...origins].filter(([, places]) => places.size > 1);
  expect(origins.size).toBeGreaterThan(300);
  expect(twice.map(([name, places]) => `${name}: ${[...places].join(', ')}`)).toEqual([]);
});

function entriesOf(folder: string): readonly Entry[] {
  const { exports = {}, name } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap((target) => {
    const [, module] = /"default":"\.\/dist\/([\w-]+)\.js"/.exec(JSON.stringify(target)) ?? [];
    return module === undefined ? [] : [{ path: `${folder}/src/${module}.ts`, packageName: name }];
  });
}

function publicNames({ path, packageName }: Entry): readonly PublicName[] {
  return [...readCode(path).matchAll(EXPORT)].flatMap(([, list = '', namespace = '', from = '']) => {
    const names = `${list},${namespace}`.split(',').map((name) => name.trim().replace(/^type /, ''));
    return names
      .filter((name) => name !== '')
      .map((name) => {
        const [given = name, renamed = given] = name.split(' as ');
        return { name: renamed, given, from, packageName };
      });
  });
}

/** What another package of ours owns is named once more, not twice. */
function originOf({ name, given, from, packageName }: PublicName): string {
  if (from.startsWith('.')) return `${given} of ${packageName}, ${from}`;
  const owner = from.split('/').slice(0, 2).join('/');
  const owned = NAMES.find((other) => other.packageName === owner && other.name === given);
  return owned === undefined ? `${name} of ${from}` : originOf(owned);
}

function readCode(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
