// Which of the pages a controller shows, so that it can be switched off.
import { SetMetadata } from '@nestjs/common';
import type { Pages, ServerOptions } from './options.js';

const PAGE = Symbol('page');

/** @example \@Page('account') class AccountController {} */
export function Page(name: keyof Pages): ClassDecorator {
  return SetMetadata(PAGE, name);
}

/** Is it no page, or one that there is? */
export function isServed(controller: object, { pages }: Pick<ServerOptions, 'pages'>): boolean {
  const page = Reflect.getMetadata(PAGE, controller) as keyof Pages | undefined;
  return page === undefined || pages[page];
}
