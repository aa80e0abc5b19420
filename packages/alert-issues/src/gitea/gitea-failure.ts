/** Why Gitea did not do what it was asked for, as data. */

/** What went wrong. `detail` is what the server said, which anybody may have written. */
export type GiteaFailure =
  /** There is no token, or it holds what no header can hold. */
  | { readonly kind: 'no-token'; readonly detail: string }
  | { readonly kind: 'unauthorized'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly detail: string }
  | { readonly kind: 'not-found' }
  /** An issue that others must be closed before. */
  | { readonly kind: 'dependencies' }
  /** The server asks to be left alone, or is broken. */
  | { readonly kind: 'busy'; readonly status: number; readonly detail: string }
  /** Another status. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** Where to; neither the token nor what is written goes there. */
  | { readonly kind: 'redirected'; readonly to: string }
  /** What was asked for may have been done all the same. */
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  /** As with a timeout, unless nothing listens. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** What answers is no Gitea. */
  | { readonly kind: 'foreign'; readonly detail: string };

/** In words: what was seen, and what to do. */
export function describeGiteaFailure(failure: GiteaFailure): string {
  switch (failure.kind) {
    case 'no-token':
      return failure.detail;
    case 'unauthorized':
      return `Gitea does not accept the token (401${said(failure.detail)}): make a new one and put it into --token-file`;
    case 'forbidden':
      return `the token may not do this (403${said(failure.detail)}): it needs read:user, read:repository and write:issue`;
    case 'not-found':
      return 'there is no such repository or issue, or the token may not see it (404): check --repository';
    case 'dependencies':
      return 'the issue has open dependencies (412)';
    case 'busy':
      return `Gitea is busy or broken (${failure.status}${said(failure.detail)})`;
    case 'refused':
      return `Gitea refuses (${failure.status}${said(failure.detail)})`;
    case 'redirected':
      return `Gitea redirects to ${failure.to}, where the token is not sent: check --url and --repository`;
    case 'timeout':
      return `Gitea did not answer within ${failure.timeoutMs / 1000} s`;
    case 'unreachable':
      return `Gitea cannot be reached (${failure.detail})`;
    case 'foreign':
      return `what answers is no Gitea: ${failure.detail}; check --url`;
  }
}

/** Whether it may be well by itself, without anybody who changes a setting. */
export function isPassing({ kind }: GiteaFailure): boolean {
  return kind === 'busy' || kind === 'timeout' || kind === 'unreachable';
}

function said(detail: string): string {
  return detail === '' ? '' : `: ${detail}`;
}
