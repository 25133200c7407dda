// Callbacks of form_post reach a Fastify application that parses no bodies.
// @see OAuth 2.0 Form Post Response Mode §2 https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
import { Controller, type DynamicModule, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { OAuthClientModule } from 'nest-authorization-server/relying-party';
import { closeApplication, onClose } from '../support/cleanup.js';
import { postForm } from '../support/http.js';

async function startWith(imports: DynamicModule[], configure?: (app: NestFastifyApplication) => void): Promise<string> {
  @Controller()
  class CallbackController {
    @Post('callback')
    callback(): string {
      return 'here';
    }
  }

  @Module({ imports, controllers: [CallbackController] })
  class HostModule {}

  const app = await NestFactory.create<NestFastifyApplication>(HostModule, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  onClose(() => closeApplication(app));
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return `${await app.getUrl()}/callback`;
}

const status = async (url: string, state = 's'): Promise<number> => (await postForm(url, { code: 'c', state })).status;

it('a form arrives with OAuthClientModule, and without it does not', async () => {
  await expect(status(await startWith([]))).resolves.toBe(415);
  await expect(status(await startWith([OAuthClientModule.forRoot()]))).resolves.toBe(201);
});

it('a form that is larger than an answer can be is refused', async () => {
  const url = await startWith([OAuthClientModule.forRoot()]);
  await expect(status(url, 'x'.repeat(300 * 1024))).resolves.toBe(413);
});

it('a form is read by the parser of the application where it has one', async () => {
  const parsed: unknown[] = [];
  const url = await startWith([OAuthClientModule.forRoot()], (app) =>
    app
      .getHttpAdapter()
      .getInstance()
      .addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
        parsed.push(body);
        done(null, body);
      }),
  );
  await expect(status(url)).resolves.toBe(201);
  expect(parsed).toEqual(['code=c&state=s']);
});
