/** The class of a failure: the first rule that fits decides. Rules see the masked text, as the raw one misleads. */

/** Classes of failures, each with a page of its own. */
export const FAILURE_CLASSES = [
  'tool_schema_mismatch',
  'tool_timeout',
  'retrieval_failure',
  'policy_violation',
  'rate_limited',
  'provider_error',
  'auth_failure',
  'context_overflow',
  'output_format',
  'tool_rejected',
  'budget_exceeded',
  'loop',
  'environment_error',
  'cancelled',
  'wrong_result',
  'unknown',
] as const;

export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Whether a text is the name of one. */
export function isFailureClass(name: string): name is FailureClass {
  return FAILURE_CLASSES.some((each) => each === name);
}

/** What a rule may look at. */
export interface FailureEvidence {
  /** The type of the event, or `loop`. */
  readonly kind: string;
  readonly code: string | undefined;
  readonly finishReason: string | undefined;
  /** In lower case. */
  readonly maskedText: string;
  /** The class that the producer named. */
  readonly given: string | undefined;
}

interface ClassRule {
  readonly class: FailureClass;
  readonly kinds?: readonly string[];
  readonly code?: RegExp;
  readonly finishReason?: RegExp;
  readonly text?: RegExp;
}

/**
 * In their order: what is certain first, what tools say in their own words last. One fitting part is enough. Between two words of
 * a rule stand 100 characters at most: with any number of them a text of one such word over and over would be looked through once for
 * each of them.
 */
const RULES: readonly ClassRule[] = [
  { class: 'loop', kinds: ['loop'] },
  { class: 'policy_violation', kinds: ['policy.check'] },
  {
    class: 'rate_limited',
    code: /^(429|rate_limit.*|too_many_requests|resource_exhausted|throttl.*)$/i,
    text: /\b(rate[- ]?limit(ed|ing|s)?|too many requests|throttl(ed|ing)|quota (exceeded|exhausted)|exceeded (your|the) (current )?quota|overloaded_error|requests per minute)\b/,
  },
  {
    class: 'auth_failure',
    code: /^(401|403|unauthori[sz]ed|unauthenticated|forbidden|permission_denied|invalid_api_key|authentication_error)$/i,
    text: /\b(unauthori[sz]ed|unauthenticated|authentication (failed|required|error)|invalid (api key|credentials|token|signature)|incorrect api key|token (has |is )?expired|expired token|login required|access token|not authori[sz]ed|permission denied for (user|role)|bad credentials|password authentication failed)\b/,
  },
  {
    class: 'context_overflow',
    code: /^(context_length_exceeded|context_window_exceeded|string_above_max_length)$/i,
    text: /\b(context (length|window|size)|maximum context|prompt is too long|too many tokens|input is too long|exceeds? the (model's )?(maximum|max) (number of )?tokens|reduce the length of the (messages|prompt|input))\b/,
  },
  {
    class: 'budget_exceeded',
    code: /^(budget_exceeded|max_(steps|turns|iterations|cost)|cost_limit|step_limit|recursion_limit)$/i,
    text: /\b((cost|token|step|turn|time|spend(ing)?) (budget|limit) (was |is |has been )?(exceeded|reached|exhausted)|budget (was |is |has been )?(exceeded|exhausted)|(max(imum)?|limit of) (number of )?(steps|turns|iterations)|recursion limit|ran out of (steps|turns|budget)|exit_cost)\b/,
  },
  {
    class: 'output_format',
    finishReason: /^(length|max_tokens|content_filter_format)$/i,
    code: /^(output_parse_error|invalid_json|json_decode_error|malformed_output)$/i,
    text: /\b(jsondecodeerror|(could not|failed to|cannot|unable to) parse (the )?(model|llm|assistant|output|response|completion|answer|reply|json)|(output|response|answer|completion) (is|was) (not|no) (valid )?(json|xml|yaml)|invalid json (in|from) (the )?(model|output|response|completion)|unterminated string|unexpected (token|end) .{0,100}json|expecting (value|property name|',' delimiter)|malformed (output|response|completion)|outputparserexception|no json object could be decoded|does not (match|follow) the (requested|required|output) format)\b/,
  },
  {
    class: 'tool_timeout',
    code: /^(timeout|tool_timeout|etimedout|esockettimedout|und_err_(headers|body|connect)_timeout|408|504|deadline_exceeded|57014)$/i,
    text: /\b(timed[ -]?out|time[ -]?out (of .{1,60} |.{1,20} )?(exceeded|expired|after|error|reached|waiting)|timeouterror|(read|connect|connection|request|gateway|query|statement|navigation|lock wait|response|socket|command|operation|tool) ?timeout|deadline exceeded|took too long|zeitüberschreitung|délai .{0,100}dépassé|tiempo de espera agotado|тайм-?аут)|タイムアウト|超时/,
  },
  {
    class: 'tool_schema_mismatch',
    code: /^(invalid_arguments?|invalid_params|schema_(mismatch|validation)|validation_error|-32602|bad_arguments|422|missing_argument|invalid_tool_input|err_validation)$/i,
    text: /\b(validation ?errors?|field required|required (property|field|parameter|argument|keyword)|(property|field|argument|parameter|key)s? .{0,100}(is|are) (required|missing)|missing .{0,100}(argument|parameter|property|field|key)s?|(argument|parameter|property|field|option)s? .{0,100}(not allowed|unexpected|unknown|must be|should be|expected)|unexpected (keyword )?(argument|parameter|property|field)|unrecognized (argument|key|option|field)|unknown (argument|parameter|property|field|option)|additional properties|must (be|have|match|not have|not be) .{0,100}(string|number|integer|boolean|array|object|format|pattern|schema|propert|equal to|one of|fewer|more|at least|at most)|does not match (the )?(schema|pattern|format)|is not (a valid|one of|of type)|should be a valid|input should be|expected (a |an )?(string|number|integer|boolean|array|object|list|dict)|invalid (argument|parameter|input|type|enum)|invalid_type|schema)\b|fehlt in den argumenten|pflichtfeld|champ obligatoire|campo (obligatorio|requerido)/,
  },
  {
    class: 'retrieval_failure',
    kinds: ['retrieval'],
    text: /\b(no (documents|passages|results|hits|matches|chunks) (were )?(found|returned|retrieved)|(index|collection|vector store|namespace) .{0,100}(not found|does not exist|is empty|not loaded|missing)|embedding (dimension|size|failed)|retriev(al|er) (failed|error|returned))\b/,
  },
  {
    class: 'policy_violation',
    code: /^(policy_violation|content_filter|content_policy|guardrail.*|blocked|safety)$/i,
    finishReason: /^(content_filter|safety|refusal|guardrail.*)$/i,
    text: /\b(polic(y|ies)|guardrails?|content filter|safety (system|filter|settings)|blocked by|moderation|not permitted by|violat(es|ed|ion) .{0,100}(polic(y|ies)|guidelines?|terms)|disallowed|sandbox denied|forbidden by)\b/,
  },
  {
    class: 'provider_error',
    kinds: ['model.call'],
    code: /^(500|502|503|529|internal_server_error|service_unavailable|overloaded(_error)?|api_error|bad_gateway|server_error)$/i,
    text: /\b(internal server error|bad gateway|service (is )?(temporarily )?unavailable|overloaded|upstream (connect|request|error)|server had an error|model .{0,100}(not available|is currently|unavailable)|the server is (busy|currently))\b/,
  },
  {
    class: 'cancelled',
    text: /\b(cancell?ed|aborted by (the )?user|interrupted by (the )?user|aborterror|keyboardinterrupt)\b/,
  },
  {
    class: 'environment_error',
    code: /^(enoent|eacces|eperm|enospc|emfile|econnrefused|econnreset|enotfound|eai_again|ehostunreach|epipe|oomkilled|137|127|126|139|exit_.*|modulenotfounderror)$/i,
    text: /\b(no such file|permission denied|command not found|no space left|disk (is )?full|out of memory|oom|killed|segmentation fault|connection (refused|reset|closed|aborted)|econnrefused|econnreset|enotfound|name or service not known|getaddrinfo|network is unreachable|no route to host|cannot allocate|too many open files|module .{0,100}not found|modulenotfounderror|importerror|cannot find (module|package)|no module named|broken pipe|read-only file system|browser .{0,100}(closed|crashed|disconnected)|target (page|closed)|container .{0,100}(exited|not running)|docker daemon|certificate|ssl|tls|docker|exit(ed with)? (code|status)|returned non-zero|core dumped|datei oder verzeichnis nicht gefunden|not recognized as an internal)\b/,
  },
  { class: 'tool_rejected', kinds: ['tool.call'] },
];

/** A class that the producer gives wins if it is one of these. */
export function classifyFailure(evidence: FailureEvidence): FailureClass {
  const given = FAILURE_CLASSES.find((each) => each === evidence.given);
  return given ?? RULES.find((rule) => fits(rule, evidence))?.class ?? 'unknown';
}

function fits({ kinds, code, finishReason, text }: ClassRule, evidence: FailureEvidence): boolean {
  return (
    kinds?.includes(evidence.kind) === true ||
    (evidence.code !== undefined && code?.test(evidence.code) === true) ||
    (evidence.finishReason !== undefined && finishReason?.test(evidence.finishReason) === true) ||
    text?.test(evidence.maskedText) === true
  );
}
