// Bodies and queries as DTO classes. Importing class-validator takes about 200 ms of CPU, a fifth of the start: the DTOs
// are in files of their own, which the first request loads.
// @see https://docs.nestjs.com/techniques/validation
import { type PipeTransform, type Type, ValidationPipe } from '@nestjs/common';
import { InputError, type InputFault } from '../common/input-error.js';

interface Rejection {
  property: string;
  constraints?: Record<string, string>;
}

/** Its class is asked for by the documentation too. */
export interface ValidatedPipe<T> extends PipeTransform<unknown, Promise<T>> {
  readonly load: () => Promise<Type<T>>;
}

/**
 * A pipe that checks against the class: what it does not name is refused, by name.
 *
 * @example \@Body(validated(async () => (await import('./users.dto.js')).PasswordDto)) body: PasswordDto
 * @throws InputError with every fault at once
 */
export function validated<T>(load: () => Promise<Type<T>>): ValidatedPipe<T> {
  let pipe: Promise<ValidationPipe> | undefined;
  return {
    load,
    transform: async (value, metadata) => (await (pipe ??= pipeFor(load))).transform(value, metadata) as Promise<T>,
  };
}

async function pipeFor<T>(load: () => Promise<Type<T>>): Promise<ValidationPipe> {
  return new ValidationPipe({
    expectedType: await load(),
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (rejections: Rejection[]) => new InputError(rejections.map(toFault)),
  });
}

/** class-validator begins its sentences with the name of the property. */
function toFault({ property, constraints = {} }: Rejection): InputFault {
  if ('whitelistValidation' in constraints) return { member: property, problem: 'is not known here' };
  const [message = 'is not acceptable'] = Object.values(constraints);
  return {
    member: property,
    problem: message.startsWith(`${property} `) ? message.slice(property.length + 1) : message,
  };
}
