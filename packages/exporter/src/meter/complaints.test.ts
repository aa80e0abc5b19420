import { expect, test } from 'vitest';
import { Complaints } from './complaints.ts';

test('says each kind once', () => {
  const said: string[] = [];
  const complaints = new Complaints((text) => said.push(text));
  complaints.add('jobs: -1 was measured');
  complaints.add('jobs: -27 was measured');
  complaints.add('jobs: -2.75 was measured');
  complaints.add('jobs: -1e-7 was measured');
  complaints.add('jobs: -1.5e+21 was measured');
  complaints.add('cost: -1 was measured');
  expect(said).toEqual(['jobs: -1 was measured (said once)', 'cost: -1 was measured (said once)']);
});

test('says at most 100 kinds: a host that makes up names fills neither memory nor stderr', () => {
  const said: string[] = [];
  const complaints = new Complaints((text) => said.push(text));
  for (let i = 0; i < 1000; i += 1) complaints.add(`the name "${'x'.repeat(i)}" is not allowed`);
  expect(said).toHaveLength(100);
});
