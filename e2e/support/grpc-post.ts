/** OTLP over gRPC without a client library. */
import { connect } from 'node:http2';

const EXPORT = {
  ':method': 'POST',
  ':path': '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** Sends one OTLP/protobuf request; resolves to its gRPC status, 0 when it was taken. */
export function postGrpc(
  authority: string,
  message: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${authority}`);
    session.once('error', reject);
    const request = session.request({ ...EXPORT, ...headers });
    let status = Number.NaN;
    const note = (answer: Readonly<Record<string, unknown>>): void => {
      if (answer['grpc-status'] !== undefined) status = Number(answer['grpc-status']);
    };
    request.on('response', note);
    request.on('trailers', note);
    request.once('error', reject);
    request.once('close', () => session.close(() => resolve(status)));
    request.resume();
    request.end(Buffer.concat([prefixOf(message.length), message]));
  });
}

/** Announces a message of so many bytes and sends a part of them. Resolves to what ends it. */
export function sendHalfGrpc(authority: string, bytes: number, sent: number): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${authority}`);
    session.once('error', reject);
    const request = session.request(EXPORT);
    request.once('error', () => {});
    request.write(Buffer.concat([prefixOf(bytes), Buffer.alloc(sent)]), () =>
      resolve(() => session.destroy()),
    );
  });
}

/** Of a message that is not packed. */
function prefixOf(bytes: number): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes, 1);
  return prefix;
}
