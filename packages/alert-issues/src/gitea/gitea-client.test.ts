/** What a server answers is shown, and never the token that it was asked with. */
import { expect, test } from 'vitest';
import { objectOf, textOf } from '../read-value.ts';
import { createGiteaClient } from './gitea-client.ts';

const TOKEN = 'a-token-that-nobody-sees';

test.each([
  ['refuses with it', 422, { message: `no: ${TOKEN}` }],
  ['answers something else with it', 200, { login: { authorization: TOKEN } }],
])('a proxy that quotes the request and %s', async (_, status, body) => {
  const ask = createGiteaClient({
    url: 'http://git.example.org',
    token: () => TOKEN,
    fetch: async () => Response.json(body, { status }),
  });
  const parse = (given: unknown): string => textOf(objectOf(given, 'the user')['login'], 'login');
  const failure = await ask({ method: 'GET', path: '/user', parse });
  expect(failure).toMatchObject({ detail: expect.stringContaining('…') });
  expect(JSON.stringify(failure)).not.toContain(TOKEN);
});
