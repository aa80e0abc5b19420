/** A command that sends metrics to the address that it was offered, one request after the other, and says how long answers took. */
import { Agent, request } from 'node:http';
import { millisecondsSince, say } from './say.ts';

const count = Number(process.argv[2]);
const url = process.env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] ?? '';
const [name = '', value = ''] = (process.env['OTEL_EXPORTER_OTLP_METRICS_HEADERS'] ?? '').split('=');
const headers = { 'content-type': 'application/json', [name]: value };
const agent = new Agent({ keepAlive: true });

const tookMs: number[] = [];
for (let sequence = 1; sequence <= count; sequence += 1) tookMs.push(await post(sequence));
const [firstMs = Number.NaN] = tookMs;
const rising = tookMs.toSorted((a, b) => a - b);
const at = (share: number): number => rising[Math.ceil(share * count) - 1] ?? Number.NaN;
say({ firstMs, p50Ms: at(0.5), p99Ms: at(0.99) });
agent.destroy();

function post(sequence: number): Promise<number> {
  const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric(sequence)] }] }] });
  return new Promise((resolve, reject) => {
    const askedAtNs = process.hrtime.bigint();
    request(url, { method: 'POST', headers, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the answer is ${response.statusCode}`));
      response.resume().on('end', () => resolve(millisecondsSince(askedAtNs)));
    }).end(body);
  });
}

function metric(sequence: number): object {
  const startTimeUnixNano = `${BigInt(Date.now()) * 1_000_000n}`;
  const timeUnixNano = `${BigInt(startTimeUnixNano) + BigInt(sequence)}`;
  const point = { startTimeUnixNano, timeUnixNano, asDouble: 1 };
  return { name: 'rows_total', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point] } };
}
