/** Texts of a probe that may be secret. Secrets stay in a file or a variable, and are read when a probe needs them. */

/**
 * A text of a probe: a header, a body, a URL. Only `plain` may stand in a configuration file that people share; what a file or
 * variable holds is never shown, logged or recorded.
 */
export type SecretText =
  | { readonly kind: 'plain'; readonly text: string }
  /** Read for each probe, so that a secret can be changed while this runs. A line break at its end is left out. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly name: string };
