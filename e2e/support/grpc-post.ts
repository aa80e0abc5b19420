/** OTLP over gRPC without a client library. */
import { connect } from 'node:http2';

const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** Sends one OTLP/protobuf request; resolves to its gRPC status, 0 when it was taken. */
export function postGrpc(authority: string, message: Uint8Array): Promise<number> {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return new Promise((resolve, reject) => {
    const session = connect(`http://${authority}`);
    session.once('error', reject);
    const request = session.request({
      ':method': 'POST',
      ':path': EXPORT,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = Number.NaN;
    const note = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
    };
    request.on('response', note);
    request.on('trailers', note);
    request.once('error', reject);
    request.once('close', () => session.close(() => resolve(status)));
    request.resume();
    request.end(Buffer.concat([prefix, message]));
  });
}
