/**
 * JSON Schema for editors, which complete and check the file while somebody writes it.
 *
 * @see https://json-schema.org/draft/2020-12
 */
export interface EditorSchema {
  readonly description?: string;
  readonly type?: 'string' | 'integer' | 'boolean' | 'array' | 'object';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: EditorSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, EditorSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: EditorSchema;
  readonly additionalProperties?: false | EditorSchema;
  readonly anyOf?: readonly EditorSchema[];
}
