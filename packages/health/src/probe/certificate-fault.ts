/** What is wrong with a certificate, for people: https://docs.openssl.org/master/man1/openssl-verification-options/ */

const FAULTS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not trusted',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
};

/** Node declares an error, and gives the code of one (and its message where it has no code). */
export function certificateFault(error: unknown, expiryUnixMs: number): string {
  const code = typeof error === 'string' ? error : codeOf(error);
  if (code === 'CERT_HAS_EXPIRED') {
    const date = Number.isFinite(expiryUnixMs)
      ? ` on ${new Date(expiryUnixMs).toISOString().slice(0, 10)}`
      : '';
    return `its certificate expired${date}`;
  }
  return FAULTS[code] ?? `its certificate is not trusted${/^[A-Z_]{1,60}$/.test(code) ? ` (${code})` : ''}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
