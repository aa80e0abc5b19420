/** The least that runs a command and tells of it: spawns `true`, posts the bytes of a file, reads the answer and ends. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';

const [url = '', file = ''] = process.argv.slice(2);
spawn('true', { stdio: 'inherit' }).once('exit', () => {
  const body = readFileSync(file);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  request(url, { method: 'POST', headers }, (response) => {
    response.resume().on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
  }).end(body);
});
