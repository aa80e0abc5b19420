/** A class with many mutable fields has stages that nobody named: they become a union of states, or a class of their own. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

const FIELDS_LIMIT = 7;

const CLASSES = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
  .filter((path) => !/\.test(-d)?\.ts$|\/fixtures\/|\/otlp-messages\//.test(path))
  .flatMap((path) => classesIn(path));

test('no class has more than seven fields that change', () => {
  expect(CLASSES.length).toBeGreaterThan(50);
  const tooMany = CLASSES.filter(({ fields }) => fields.length > FIELDS_LIMIT);
  expect(tooMany.map(({ path, name, fields }) => `${path}: ${name} has ${fields.join(', ')}`)).toEqual([]);
});

function classesIn(path: string) {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const classes = text.matchAll(/^(?:export )?(?:abstract )?class (\w+)[^\n]*\{\n(.*?)^\}/gms);
  return [...classes].map(([, name = '', body = '']) => ({ path, name, fields: mutableFields(body) }));
}

/** Fields stand two blanks deep, and none of them is a method's. */
function mutableFields(body: string): readonly string[] {
  const fields = body.matchAll(
    /^ {2}(?:(?:override|private|protected|static) )*(#?\w+)[?!]?(?:: [^=;]+)?(?: =[^;]*)?;$/gm,
  );
  return [...fields].map(([, name = '']) => name).filter((name) => name !== 'return');
}
