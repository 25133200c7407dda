// What is wrong with plug-ins is said before the server serves anybody.
import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  Claims,
  type ClaimsSource,
  ClientAuth,
  Endpoint,
  EndpointController,
  type EndpointResponder,
  Grant,
  jsonResponse,
  type OAuthResponse,
  ResponseMode,
  ResponseType,
  TokenFormat,
} from 'nest-authorization-server';
import { startInProcess } from '../support/in-process.js';

@Injectable({ scope: Scope.REQUEST })
class Tenant {
  constructor(@Inject(REQUEST) readonly request: unknown) {}
}

abstract class OfTenant {
  @Inject(Tenant) readonly tenant!: Tenant;
}

@Grant('urn:example:tenant')
class TenantGrant extends OfTenant implements Grant {
  respond(): Promise<never> {
    return Promise.reject(new Error());
  }
}

@ClientAuth('tenant')
class TenantClientAuth extends OfTenant implements ClientAuth {
  read(): undefined {}
}

@TokenFormat('tenant')
class TenantFormat extends OfTenant implements TokenFormat {
  write(): string {
    return '';
  }
  recognizes(): boolean {
    return false;
  }
  identify(): undefined {}
}

@ResponseMode('tenant')
class TenantResponseMode extends OfTenant implements ResponseMode {
  respond(): OAuthResponse {
    return jsonResponse(200, {});
  }
}

@ResponseType('tenant')
class TenantResponseType extends OfTenant implements ResponseType {
  readonly defaultResponseMode = 'query';
  readonly grantTypes = [];
  authorize(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

@Claims('tenant')
class TenantClaims extends OfTenant implements ClaimsSource {
  readonly claims = ['tenant'];
}

@Endpoint({ name: 'revocation', replaces: true })
class TenantEndpoint extends OfTenant implements EndpointResponder {
  respond(): OAuthResponse {
    return jsonResponse(200, {});
  }
}

@ClientAuth('none')
class SecondNone implements ClientAuth {
  read(): undefined {}
}

@TokenFormat('jwt')
class SecondJwt implements TokenFormat {
  write(): string {
    return '';
  }
  recognizes(): boolean {
    return false;
  }
  identify(): undefined {}
}

@ResponseMode('fragment')
class SecondFragment implements ResponseMode {
  respond(): OAuthResponse {
    return jsonResponse(200, {});
  }
}

@ResponseType('code')
class SecondCode implements ResponseType {
  readonly defaultResponseMode = 'query';
  readonly grantTypes = [];
  authorize(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

@Claims('profile')
class SecondProfile implements ClaimsSource {
  readonly claims = [];
}

@Endpoint({ name: 'jwks', path: '/second-jwks', methods: ['GET'] })
class SecondJwks extends EndpointController {
  respond(): OAuthResponse {
    return jsonResponse(200, {});
  }
}

it.each([
  ["@Grant('urn:example:tenant'): TenantGrant", TenantGrant],
  ["@ClientAuth('tenant'): TenantClientAuth", TenantClientAuth],
  ["@TokenFormat('tenant'): TenantFormat", TenantFormat],
  ["@ResponseMode('tenant'): TenantResponseMode", TenantResponseMode],
  ["@ResponseType('tenant'): TenantResponseType", TenantResponseType],
  ["@Claims('tenant'): TenantClaims", TenantClaims],
  ["@Endpoint('revocation'): TenantEndpoint", TenantEndpoint],
])('%s stops the start: it must not be request-scoped', async (named, plugin) => {
  await expect(startInProcess({}, [Tenant, plugin])).rejects.toThrow(`${named} must not be request-scoped.`);
});

it.each([
  ["@ClientAuth('none')", SecondNone],
  ["@TokenFormat('jwt')", SecondJwt],
  ["@ResponseMode('fragment')", SecondFragment],
  ["@ResponseType('code')", SecondCode],
  ["@Claims('profile')", SecondProfile],
  ["@Endpoint('jwks')", SecondJwks],
])('%s stops the start when it is provided twice', async (named, plugin) => {
  await expect(startInProcess({}, [plugin])).rejects.toThrow(`${named} is provided twice: `);
});

it('a grant type that is switched off and that nobody provides stops the start', async () => {
  await expect(startInProcess({ disabledGrantTypes: ['urn:example:tenant'] })).rejects.toThrow(
    "No @Grant('urn:example:tenant') is provided; there are: ",
  );
});
