/**
 * The same as `raw-post.ts`, without `import … from 'node:http'`: to import names from that module loads all
 * that it can do, a WebSocket client included. Nobody writes this; it is the floor.
 */
const { readFileSync } = process.getBuiltinModule('node:fs');
const { request } = process.getBuiltinModule('node:http');

const [url = '', file = ''] = process.argv.slice(2);
const body = readFileSync(file);
const headers = { 'content-type': 'application/json', 'content-length': body.length };
request(url, { method: 'POST', headers }, (response) => {
  response.resume().on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
}).end(body);

export {};
