// A module of controllers, whose routes are served by Nest's own router or by a pipeline of ours inside a host application.
import type { DynamicModule, Type } from '@nestjs/common';

export interface RoutedModule extends Type {
  readonly controllers: readonly Type[];
}

/** `controllers`: Nest's router serves them; `providers`: they are there, and it does not know that they have routes. */
export type RoutesAs = 'controllers' | 'providers';

/** @param imports beside those that it has */
export function withRoutes(module: RoutedModule, as: RoutesAs, imports: DynamicModule['imports']): DynamicModule {
  return { module, imports, [as]: [...module.controllers] };
}
