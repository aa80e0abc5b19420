/** Why a repository was not collected, as data: each kind is mended by somebody else, or in another way. */

/** What went wrong. `detail` is what the forge said, which anybody may have written. */
export type ForgeFailure =
  /** There is no token, or it holds what no header can hold. */
  | { readonly kind: 'no-token'; readonly detail: string }
  /** The forge does not know the token. */
  | { readonly kind: 'unauthorized'; readonly detail: string }
  /** The token may not do this. */
  | { readonly kind: 'forbidden'; readonly detail: string }
  /** It is not there, or the token may not see it: a forge does not say which. */
  | { readonly kind: 'not-found' }
  /** The forge asks to be left alone, or is broken. */
  | { readonly kind: 'busy'; readonly status: number; readonly detail: string }
  /** Another status. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** To another host or scheme, where the token must not go, or in a circle. */
  | { readonly kind: 'redirected'; readonly to: string }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** What answers is no forge. */
  | { readonly kind: 'foreign'; readonly detail: string }
  /** The list changed each time while its pages were read. */
  | { readonly kind: 'unsteady'; readonly detail: string }
  /** Another collector with the same history was faster. */
  | { readonly kind: 'overtaken' }
  /** The history could not be read or written. */
  | { readonly kind: 'history'; readonly detail: string }
  /** The collector was asked to end. */
  | { readonly kind: 'stopped' };

/** In words: what was seen, and what to do. */
export function describeForgeFailure(failure: ForgeFailure): string {
  switch (failure.kind) {
    case 'no-token':
      return failure.detail;
    case 'unauthorized':
      return `the forge does not accept the token (401${said(failure.detail)}): make a new one and put it into the token file`;
    case 'forbidden':
      return `the token may not read this (403${said(failure.detail)}): it needs read:repository and read:issue`;
    case 'not-found':
      return 'there is no such repository, or the token may not see it (404): check the name, and that a token is given';
    case 'busy':
      return `the forge is busy or broken (${failure.status}${said(failure.detail)}): the next collect tries again`;
    case 'refused':
      return `the forge refuses (${failure.status}${said(failure.detail)})`;
    case 'redirected':
      return `the forge redirects to ${failure.to}, where the token is not sent: check --url`;
    case 'timeout':
      return `the forge did not answer within ${failure.timeoutMs / 1000} s`;
    case 'unreachable':
      return `the forge cannot be reached (${failure.detail})`;
    case 'foreign':
      return `what answers is no Gitea or Forgejo: ${failure.detail}; check --url`;
    case 'unsteady':
      return `${failure.detail}: the next collect tries again`;
    case 'overtaken':
      return 'another collector with the same history was faster';
    case 'history':
      return `the history cannot be used: ${failure.detail}`;
    case 'stopped':
      return 'stopped before it was complete';
  }
}

function said(detail: string): string {
  return detail === '' ? '' : `: ${detail}`;
}
