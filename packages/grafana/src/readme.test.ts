import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveGrafanaOptions } from './engine/grafana-options.ts';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

test.each(Object.entries(resolveGrafanaOptions()))('the README has %s with its default', (name, value) => {
  const [, shown = ''] = new RegExp(`^\\| \`${name}\` +\\| (.*?) +\\|`, 'm').exec(README) ?? [];
  const said =
    name === 'burnRates'
      ? resolveGrafanaOptions()
          .burnRates.map(({ factor }) => factor)
          .join(', ')
          .replace(/, (?=\d+$)/, ' and ')
      : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
  expect(shown).toBe(said);
});
