/** Names of tests as every engine keeps them. */

/** PostgreSQL has no text with a zero byte or half a character; what is shown of a name loses nothing by it. */
export function storable<Row extends { file: string; class_name: string; name: string }>(row: Row): Row {
  const clean = (text: string): string => text.replace(/[\0\ud800-\udfff]/gu, '\ufffd');
  return { ...row, file: clean(row.file), class_name: clean(row.class_name), name: clean(row.name) };
}
