// introspecting-verifier.ts – asks the authorization server what a token is worth (RFC 7662)
import { Injectable } from '@nestjs/common';
import { type AccessToken, TokenVerifier } from 'nest-authorization-server/resource-server';

@Injectable()
export class IntrospectingVerifier extends TokenVerifier {
  async verify(token: string): Promise<AccessToken | undefined> {
    const answer = await fetch(`${process.env.ISSUER}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${process.env.CLIENT_ID}:${process.env.CLIENT_SECRET}`)}` },
      body: new URLSearchParams({ token }),
    });
    if (!answer.ok) throw new Error(`The introspection endpoint answered ${answer.status}.`);
    const claims = (await answer.json()) as Record<string, never>;
    if (!claims.active) return undefined;
    return {
      issuer: claims.iss,
      subject: claims.sub,
      clientId: claims.client_id,
      userId: claims.sub === claims.client_id ? undefined : claims.sub,
      scope: String(claims.scope).split(' '),
      audience: [claims.aud].flat().filter((audience) => audience !== claims.iss),
      issuedAt: new Date(claims.iat * 1000),
      expiresAt: new Date(claims.exp * 1000),
    };
  }
}
