/**
 * Keys, tokens and passwords out of text that is kept or shown. Each pattern looks at every character a bounded number of
 * times, whatever the text is.
 */

/** Bracketed, so that the masker takes it for a value. */
export const REDACTED = '[redacted]';

/** What stands in `$1` stays. */
const SECRETS: readonly RegExp[] = [
  // A key that is cut off ends with the text.
  /()-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  /(?<![\w-])()eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g,
  /(:\/\/)[^\s/@[\]]{1,256}(?=@)/g,
  /(?<![\w-])()(?:sk-[\w-]{16,}|sk_(?:live|test)_\w{10,}|gh[oprsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|npm_\w{30,}|hf_\w{20,}|pypi-[\w-]{30,}|ya29\.[\w.-]{10,})/g,
  /\b((?:bearer|basic) {1,3})(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{12,}/gi,
  // With `=` whatever stands there; with `:` only what is quoted or has a digit: `password: incorrect` is no password.
  /((?:api[_-]?key|secret|passw(?:or)?d|pwd|token|authorization|private[_-]?key)["']?=["']?)[^\s"'&,;<>()[\]{}]{3,}/gi,
  /((?:api[_-]?key|secret|passw(?:or)?d|pwd|token|authorization|private[_-]?key)["']?: ?)(?:"[^"\s]{3,200}"|'[^'\s]{3,200}'|(?=[^\s"'&,;<>()[\]{}]{0,200}\d)[^\s"'&,;<>()[\]{}]{6,})/gi,
];

/** A text without its secrets. */
export interface RedactedText {
  readonly text: string;
  /** How many were taken out. */
  readonly count: number;
}

/** Takes secrets out of a text; of what it returned it takes out nothing more. */
export function redactSecrets(given: string): RedactedText {
  let [text, count] = [given, 0];
  for (const pattern of SECRETS)
    text = text.replace(pattern, (_, kept: string) => {
      count += 1;
      return `${kept}${REDACTED}`;
    });
  return { text, count };
}

const SECRET_NAME =
  /(?:(?:api|access|account|private|secret)[_-]?key|secret|passw(?:or)?d|passphrase|pwd|token|credentials?|authorization)$/i;

/** Whether what stands under a name is a secret, whatever it looks like. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.slice(-40));
}
