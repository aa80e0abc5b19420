import { expect, test } from 'vitest';
import { endpointName } from './endpoint-name.ts';

test.each([
  ['http://c:4318/v1/metrics', 'http://c:4318/v1/metrics'],
  ['https://ci:s3cret@c/v1/metrics', 'https://c/v1/metrics'],
  ['https://s3cret@c:1/v1/@me?api-key=s3cret#s3cret', 'https://c:1/v1/@me'],
  // What is no such URL is said too, to mend it.
  ['localhost:4318', 'localhost:4318'],
  ['not a url', 'not a url'],
  ['grpc://ci:s3cret@c:4317', 'grpc://c:4317'],
  ['ci:s3cret@c:4318', 'c:4318'],
  ['https://ci:s3/cret@c', 'https://c'],
  ['https://ci:s3?cret@c', 'https://...'],
  ['http://h h:4318/#s3cret', 'http://h h:4318/'],
  ['http://h h:4318/?key=s3cret#s3cret', 'http://h h:4318/'],
  ['http://h h/#a@s3cret', 'http://...'],
  ['h h/?key=a@s3cret', '...'],
  ['http://h h/\n#\ns3cret', 'http://h h/\n'],
  ['https//ci:s3cret@c?key=s3cret', 'c'],
])('%s is named %s', (url, name) => {
  expect(endpointName(url)).toBe(name);
});
