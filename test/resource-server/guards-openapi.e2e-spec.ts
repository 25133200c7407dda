// What the OpenAPI document that @nestjs/swagger makes of a guarded application says of its guards.
// @see RFC 6750 §3.1 https://www.rfc-editor.org/rfc/rfc6750#section-3.1
import { Controller, Get } from '@nestjs/common';
import { ApiForbiddenResponse, ApiSecurity, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import {
  addSecurityScheme,
  Public,
  ResourceProtector,
  type ResourceServerOptions,
} from 'nest-authorization-server/resource-server';
import { ADAPTERS } from './guarded-app.js';
import { startHost } from './host.js';

function controller() {
  @Controller('notes')
  @ResourceProtector('notes:read')
  class NotesController {
    @Get()
    list(): string {
      return 'notes';
    }

    @Get('written')
    @ResourceProtector(['notes:write notes:read', 'admin'])
    @ApiForbiddenResponse({ description: 'Not yours.' })
    write(): string {
      return 'written';
    }

    @Get('optional')
    @ResourceProtector([], { optional: true })
    @ApiSecurity('api-key')
    optional(): string {
      return 'optional';
    }

    @Get('open')
    @Public()
    open(): string {
      return 'open';
    }
  }

  @Controller('plain')
  class PlainController {
    @Get()
    plain(): string {
      return 'plain';
    }
  }
  return [NotesController, PlainController];
}

async function documentOf(adapter: 'fastify' | 'express', options?: ResourceServerOptions): Promise<OpenAPIObject> {
  const { app } = await startHost({ adapter, options, controllers: controller() });
  return SwaggerModule.createDocument(app, new DocumentBuilder().build());
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  it('each operation has the scopes that its guard asks for: alternatives, none, or also without a token', async () => {
    const { paths } = await documentOf(adapter);
    expect(paths['/notes'].get!.security).toEqual([{ oauth2: ['notes:read'] }]);
    expect(paths['/notes/written'].get!.security).toEqual([
      { oauth2: ['notes:write', 'notes:read'] },
      { oauth2: ['admin'] },
    ]);
    expect(paths['/notes/optional'].get!.security).toEqual([{ 'api-key': [] }, { oauth2: [] }, {}]);
    expect(paths['/notes/open'].get!.security).toBeUndefined();
    expect(paths['/plain'].get!.security).toBeUndefined();
  });

  it('each guarded operation has its refusals, in the words of the application where it has some', async () => {
    const { paths } = await documentOf(adapter);
    const { responses } = paths['/notes/written'].get!;
    expect(responses['401']).toEqual({ description: 'There is no access token, or none that is valid here.' });
    expect(responses['403']).toMatchObject({ description: 'Not yours.' });
    expect(paths['/notes/open'].get!.responses).not.toHaveProperty('401');
  });

  it('the option global is told of, under the name that the options give', async () => {
    const { paths } = await documentOf(adapter, { global: { scopes: 'basic' }, securityScheme: 'tokens' });
    expect(paths['/plain'].get!.security).toEqual([{ tokens: ['basic'] }]);
    expect(paths['/notes'].get!.security).toEqual([{ tokens: ['notes:read'] }]);
    expect(paths['/notes/open'].get!.security).toBeUndefined();
  });
});

describe('addSecurityScheme', () => {
  it('adds the endpoints, and all scopes that are asked somewhere', async () => {
    const endpoints = { authorizationUrl: 'https://a.test/authorize', tokenUrl: 'https://a.test/token' };
    const document = addSecurityScheme(await documentOf('fastify'), { ...endpoints, scopes: { admin: 'Everything' } });
    expect(document.components!.securitySchemes).toEqual({
      oauth2: {
        type: 'oauth2',
        flows: {
          authorizationCode: { ...endpoints, scopes: { admin: 'Everything', 'notes:read': '', 'notes:write': '' } },
        },
      },
    });
  });

  it('adds an issuer that tells the rest itself, beside other schemes', async () => {
    const document = await documentOf('fastify');
    document.components!.securitySchemes = { 'api-key': { type: 'apiKey', in: 'header', name: 'x-key' } };
    addSecurityScheme(document, { issuer: 'https://a.test/', name: 'tokens' });
    expect(document.components!.securitySchemes).toEqual({
      'api-key': { type: 'apiKey', in: 'header', name: 'x-key' },
      tokens: { type: 'openIdConnect', openIdConnectUrl: 'https://a.test/.well-known/openid-configuration' },
    });
  });

  it('knows clients that get tokens for themselves, and needs one of both', async () => {
    const document = addSecurityScheme(await documentOf('fastify'), { tokenUrl: 'https://a.test/token' });
    expect(document.components!.securitySchemes!.oauth2).toMatchObject({
      flows: { clientCredentials: { tokenUrl: 'https://a.test/token' } },
    });
    expect(() => addSecurityScheme(document, {})).toThrow(/issuer or tokenUrl/);
  });
});
