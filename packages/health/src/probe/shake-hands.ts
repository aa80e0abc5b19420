/** The phase *tls* of a probe: the handshake, and what is wrong with the certificate. */
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { brokenConnection } from './broken-connection.ts';
import { certificateFault } from './certificate-fault.ts';
import type { Finding } from './probe-facts.ts';
import type { ProbeRun } from './probe-run.ts';

/** A connection that may be written to: its certificate is in order. */
export type Secured =
  | { readonly kind: 'secured'; readonly socket: TLSSocket }
  | { readonly kind: 'ended'; readonly finding: Finding };

/** Who must answer, and who says that it is them. */
export interface HandshakeOptions {
  readonly serverName: string;
  /** In PEM. @default those that Node trusts */
  readonly authorities?: string | undefined;
}

/** Shakes hands. The expiry of the certificate is noted also when it is not accepted, and nothing is sent to such a host. */
export function shakeHands(
  run: ProbeRun,
  socket: Socket,
  { serverName, authorities }: HandshakeOptions,
): Promise<Secured> {
  const completed = run.start('tls');
  return new Promise((resolve) => {
    const secure = connect({
      socket,
      host: serverName,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ALPNProtocols: ['http/1.1'],
      // The certificate is judged below: one that is refused here could not be looked at.
      rejectUnauthorized: false,
      ...(authorities === undefined ? {} : { ca: authorities }),
    });
    secure.on('error', () => {});
    const end = (finding: Finding): void => {
      settle();
      secure.destroy();
      socket.destroy();
      resolve({ kind: 'ended', finding });
    };
    const onAbort = (): void =>
      end({ kind: 'silent', reason: 'it accepted the connection, but no TLS handshake in time' });
    const onError = (error: NodeJS.ErrnoException): void => end(brokenConnection(error, 'the TLS handshake'));
    const onClose = (): void =>
      end({ kind: 'wrong', reason: 'it closed the connection during the TLS handshake' });
    const onSecure = (): void => {
      const certificate = secure.getPeerX509Certificate();
      const expiryUnixMs = certificate === undefined ? Number.NaN : Date.parse(certificate.validTo);
      if (Number.isFinite(expiryUnixMs)) run.presented(expiryUnixMs / 1000);
      if (!secure.authorized) {
        end({ kind: 'wrong', reason: certificateFault(secure.authorizationError, expiryUnixMs) });
        return;
      }
      settle();
      completed();
      resolve({ kind: 'secured', socket: secure });
    };
    const settle = (): void => {
      run.signal.removeEventListener('abort', onAbort);
      secure.off('error', onError).off('close', onClose).off('secureConnect', onSecure);
    };
    secure.on('error', onError).on('close', onClose).on('secureConnect', onSecure);
    run.signal.addEventListener('abort', onAbort);
    if (run.signal.aborted) onAbort();
  });
}
