// The response types of OpenID Connect: implicit, hybrid, and none.
// @see OAuth 2.0 Multiple Response Types §3–5 https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html
import { Injectable } from '@nestjs/common';
import { AuthorizationResponses, type ResponsePart } from './authorization-responses.js';
import { type AuthorizationGrant, ResponseType } from './response-type.js';

const CODE = 'authorization_code';
const IMPLICIT = 'implicit';

@Injectable()
abstract class FrontChannelResponseType implements ResponseType {
  readonly defaultResponseMode = 'fragment';
  abstract readonly grantTypes: readonly string[];
  protected abstract readonly parts: readonly ResponsePart[];

  constructor(private readonly responses: AuthorizationResponses) {}

  authorize(grant: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    return this.responses.create(grant, this.parts);
  }
}

@ResponseType('id_token')
export class IdTokenResponseType extends FrontChannelResponseType {
  readonly grantTypes = [IMPLICIT];
  protected readonly parts = ['id_token'] as const;
}

@ResponseType('id_token token')
export class IdTokenTokenResponseType extends FrontChannelResponseType {
  readonly grantTypes = [IMPLICIT];
  protected readonly parts = ['id_token', 'token'] as const;
}

@ResponseType('code id_token')
export class CodeIdTokenResponseType extends FrontChannelResponseType {
  readonly grantTypes = [CODE, IMPLICIT];
  protected readonly parts = ['code', 'id_token'] as const;
}

@ResponseType('code token')
export class CodeTokenResponseType extends FrontChannelResponseType {
  readonly grantTypes = [CODE, IMPLICIT];
  protected readonly parts = ['code', 'token'] as const;
}

@ResponseType('code id_token token')
export class CodeIdTokenTokenResponseType extends FrontChannelResponseType {
  readonly grantTypes = [CODE, IMPLICIT];
  protected readonly parts = ['code', 'id_token', 'token'] as const;
}

/** The user allows the client, and nothing is issued (Multiple Response Types §4). */
@ResponseType('none')
export class NoneResponseType implements ResponseType {
  readonly defaultResponseMode = 'query';
  readonly grantTypes = [];

  constructor(private readonly responses: AuthorizationResponses) {}

  authorize(grant: AuthorizationGrant): Promise<Record<string, string> | undefined> {
    return this.responses.create(grant, []);
  }
}
