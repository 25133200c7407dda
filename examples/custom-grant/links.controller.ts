// Where people ask for a link. A real application sends it by e-mail and answers the same whether the account exists or not.
import { Controller, Param, Post } from '@nestjs/common';
import { MagicLinks } from './magic-links.js';

@Controller('links')
export class LinksController {
  constructor(private readonly links: MagicLinks) {}

  @Post(':login')
  create(@Param('login') login: string) {
    return { link: this.links.create(login) };
  }
}
