// JSON Schema as the OpenAPI document uses it, and short words to write it with.
// @see https://json-schema.org/draft/2020-12

export interface Schema {
  $ref?: string;
  description?: string;
  type?: string | readonly string[];
  format?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  examples?: readonly unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Readonly<Record<string, Schema>>;
  patternProperties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  anyOf?: readonly Schema[];
}

export type Properties = Readonly<Record<string, Schema>>;
type Extra = Omit<Schema, 'type' | 'description'>;

export const text = (description: string, extra: Extra = {}): Schema => ({ type: 'string', description, ...extra });
export const integer = (description: string, extra: Extra = {}): Schema => ({ type: 'integer', description, ...extra });
export const boolean = (description: string, extra: Extra = {}): Schema => ({ type: 'boolean', description, ...extra });
export const list = (description: string, items: Schema, extra: Extra = {}): Schema => ({
  type: 'array',
  description,
  items,
  ...extra,
});

/** A moment as the APIs tell it. */
export const moment = (description: string, extra: Extra = {}): Schema =>
  integer(`${description} Seconds since 1970.`, { minimum: 0, ...extra });

/** An object that has nothing but these members. */
export function object(
  description: string,
  properties: Properties,
  { required, example, patterns }: { required?: readonly string[]; example?: object; patterns?: Properties } = {},
): Schema {
  return {
    type: 'object',
    description,
    ...(required && required.length > 0 && { required }),
    properties,
    ...(patterns && { patternProperties: patterns }),
    additionalProperties: false,
    ...(example && { examples: [example] }),
  };
}

/** The same, or `null`. */
export function nullable(schema: Schema): Schema {
  return {
    ...schema,
    type: [schema.type ?? []].flat().concat('null'),
    ...(schema.enum && { enum: [...schema.enum, null] }),
  };
}

/** Each of them, or `null`. */
export function allNullable(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, nullable(schema)]));
}

/** One of `components.schemas`. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
