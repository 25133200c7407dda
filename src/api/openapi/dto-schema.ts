// The schema of a DTO, read from the rules by which class-validator checks it: said once, true in both places.
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import type { Schema } from './schema.js';

/** What each rule says in JSON Schema, by the name of its decorator. */
const RULES: Readonly<Record<string, (constraint: unknown) => Schema>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isBoolean: () => ({ type: 'boolean' }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isIn: (constraint) => ({ type: 'string', enum: constraint as string[] }),
  min: (constraint) => ({ minimum: constraint as number }),
  max: (constraint) => ({ maximum: constraint as number }),
  minLength: (constraint) => ({ minLength: constraint as number }),
  maxLength: (constraint) => ({ maxLength: constraint as number }),
};

const OPTIONAL = 'isOptional';

/** @throws Error for a rule that has no words in JSON Schema yet */
export function dtoSchema(dto: Type<object>): Schema & { properties: Record<string, Schema>; required: string[] } {
  const properties: Record<string, Schema> = {};
  const optional = new Set<string>();
  const defaults = new dto() as Record<string, unknown>;
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false)) {
    const { propertyName, constraints } = rule;
    const name = rule.name ?? rule.type;
    if (name === OPTIONAL) {
      optional.add(propertyName);
      continue;
    }
    if (!Object.hasOwn(RULES, name))
      throw new Error(`${dto.name}.${propertyName}: no JSON Schema for the rule ${name}`);
    const [constraint] = (constraints ?? []) as unknown[];
    properties[propertyName] = { ...properties[propertyName], ...RULES[name](constraint) };
    if (defaults[propertyName] !== undefined) properties[propertyName].default = defaults[propertyName];
  }
  const required = Object.keys(properties).filter((name) => !optional.has(name));
  return { type: 'object', required, properties, additionalProperties: false };
}
