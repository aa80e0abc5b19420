/** The same as `spawn-post.ts`, as nobody writes it: see `raw-post-lean.ts`. The floor. */
const { spawn } = process.getBuiltinModule('node:child_process');
const { readFileSync } = process.getBuiltinModule('node:fs');
const { request } = process.getBuiltinModule('node:http');

const [url = '', file = ''] = process.argv.slice(2);
spawn('true', { stdio: 'inherit' }).once('exit', () => {
  const body = readFileSync(file);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  request(url, { method: 'POST', headers }, (response) => {
    response.resume().on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
  }).end(body);
});

export {};
