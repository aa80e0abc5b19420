/** Which words stand for a place, a unit or a time, and not for what went wrong. */

const UNITS: ReadonlySet<string> = new Set(
  `s sec secs second seconds ms msec millis millisecond milliseconds us µs ns min mins minute minutes h hr hrs hour hours day days
  week weeks b byte bytes kb mb gb tb kib mib gib tib k m % percent usd eur px sekunden sekunde minuten minute secondes segundos
  секунд 秒 ミリ秒 毫秒`.split(/\s+/),
);
const WORDS_OF_TIME: ReadonlySet<string> = new Set(
  `mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct
  nov dec january february march april june july august september october november december utc gmt cet cest est edt pst pdt am pm`.split(
    /\s+/,
  ),
);
/** Top level names that are no words of programs. */
const TOP_LEVELS: ReadonlySet<string> = new Set(
  'com net org dev cloud local internal lan localdomain svc example invalid corp intra edu gov eu de fr uk nl ch at es it jp cn in us ca au ru br'.split(
    ' ',
  ),
);
const EXTENSIONS: ReadonlySet<string> = new Set(
  `py js mjs cjs ts tsx jsx json jsonl csv tsv txt md yaml yml toml ini cfg conf html htm xml log sql db sqlite parquet pdf png jpg
  jpeg gif svg zip gz tar sh bash go rs java rb php c h cpp hpp cs kt swift lock env pem key crt ipynb docx xlsx pptx so dll exe`.split(
    /\s+/,
  ),
);

/** `30 s`: what stands behind a number. */
export function isUnit(word: string): boolean {
  return UNITS.has(word.toLowerCase());
}

/** A weekday, a month or a zone. `May` is also a verb, and stays. */
export function isWordOfTime(word: string): boolean {
  return /^\p{Lu}/u.test(word) && WORDS_OF_TIME.has(word.toLowerCase());
}

/** A path, a file, a host or an address of mail. */
export function isPlace(word: string): boolean {
  if (/^[^@\s]+@[^@\s]+$/.test(word)) return true;
  if (/^(?:\.{0,2}[/\\]|~\/|[A-Za-z]:\\)./.test(word)) return true;
  const separators = word.match(/[/\\]/g)?.length ?? 0;
  const ending = /\.([A-Za-z]{1,9})$/.exec(word)?.[1]?.toLowerCase();
  if (ending !== undefined && EXTENSIONS.has(ending) && word.length > ending.length + 1) return true;
  if (ending !== undefined && TOP_LEVELS.has(ending) && /^[\w.-]+$/.test(word)) return true;
  return separators >= 2 || word === 'localhost';
}

/** `1 error` and `2 errors` are one message. */
export function singular(word: string): string {
  if (/^[a-z]{3,}ies$/.test(word)) return `${word.slice(0, -3)}y`;
  return /^[a-z]{3,}[^su]s$/.test(word) ? word.slice(0, -1) : word;
}
