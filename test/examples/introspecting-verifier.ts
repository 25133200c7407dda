// introspecting-verifier.ts – asks the authorization server what a token is worth (RFC 7662)
import { accessTokenOf, TokenVerifier, type VerifiedClaims } from 'nest-authorization-server/resource-server';

@TokenVerifier('https://auth.example')
export class IntrospectingVerifier implements TokenVerifier {
  async verify(token: string) {
    const answer = await fetch(`${process.env.ISSUER}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${process.env.CLIENT_ID}:${process.env.CLIENT_SECRET}`)}` },
      body: new URLSearchParams({ token }),
    });
    if (!answer.ok) throw new Error(`The introspection endpoint answered ${answer.status}.`);
    const claims = (await answer.json()) as VerifiedClaims & { active: boolean };
    // The issuer as audience means none in particular.
    return claims.active
      ? accessTokenOf(token, { ...claims, aud: claims.aud === claims.iss ? [] : claims.aud })
      : undefined;
  }
}
