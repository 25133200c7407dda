// A guarded controller: one line says what each route asks for.
import { Body, Controller, Get, Post } from '@nestjs/common';
import {
  type AccessToken,
  CurrentToken,
  currentToken,
  Public,
  ResourceProtector,
} from 'nest-authorization-server/resource-server';

@Controller('weather')
@ResourceProtector('weather:read')
export class WeatherController {
  private forecast = 'sunny';

  @Get()
  read(@CurrentToken() token: AccessToken) {
    return { forecast: this.forecast, reader: token.subject };
  }

  /** Both scopes. */
  @Post()
  @ResourceProtector('weather:read weather:write')
  write(@Body() { forecast }: { forecast: string }) {
    this.forecast = String(forecast);
    return { forecast: this.forecast, writer: currentToken()?.clientId };
  }

  /** Whoever signed in within the last five minutes; the challenge tells the client to let people sign in again (RFC 9470). */
  @Get('warnings')
  @ResourceProtector('weather:read', { maxAge: 300 })
  warnings() {
    return { warnings: [] };
  }

  /** Everybody; a valid token is told apart. */
  @Get('today')
  @ResourceProtector('weather:read', { optional: true })
  today(@CurrentToken() token?: AccessToken) {
    return { forecast: this.forecast, known: token !== undefined };
  }

  @Get('about')
  @Public()
  about() {
    return { about: 'The weather of the example' };
  }
}
