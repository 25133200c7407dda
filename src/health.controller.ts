// For load balancers and container runtimes: does it run, and can it answer?
import { Controller, Get, Header, Res } from '@nestjs/common';
import type { HttpReply } from './common/http.js';
import { Database, statement } from './database/database.js';

const PROBE = statement('health.probe', 'SELECT 1');

@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res() reply: HttpReply): Promise<void> {
    reply.header('Cache-Control', 'no-store');
    const ready = await this.database.query(PROBE, []).then(
      () => true,
      () => false,
    );
    if (!ready) reply.header('Retry-After', '5');
    reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' });
  }
}
