/** Names of tests as every engine keeps them. */
import { storableText } from '@ephemetry/store';

export function storable<Row extends { file: string; class_name: string; name: string }>(row: Row): Row {
  const { file, class_name: className, name } = row;
  return {
    ...row,
    file: storableText(file),
    class_name: storableText(className),
    name: storableText(name),
  };
}
