// The pages of the blog: its own, beside those of the authorization server below /auth.
import { Controller, Get, Header } from '@nestjs/common';
import { readFileSync } from 'node:fs';

const page = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');

@Controller()
export class EditorController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  home(): string {
    return page('home.html');
  }

  @Get('editor')
  @Header('content-type', 'text/html; charset=utf-8')
  editor(): string {
    return page('editor.html');
  }
}
