import { expect, test } from 'vitest';
import { askAlertmanager } from './alertmanager.ts';
import { sendTestAlert } from './test-alert.ts';

test('a password in the address of an Alertmanager is in no problem: issues and /healthz show those', async () => {
  const url = 'http://boss:secret@127.0.0.1:1';
  const problem = 'http://127.0.0.1:1 cannot be reached (TypeError)';
  expect(await askAlertmanager(url)).toEqual({ kind: 'failed', problem });
  const sent = await sendTestAlert({ url, level: 'p3', name: 'test', forMs: 1_000 });
  expect(sent).toBe(`${problem}: name it with --alertmanager`);
});
