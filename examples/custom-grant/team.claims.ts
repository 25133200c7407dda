// What the scope `team` tells of people, in ID tokens where they are asked for and at the userinfo endpoint.
// @see OIDC Core §5.4 https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
import { Claims, type ClaimsContext, type ClaimsSource } from 'nest-authorization-server';

const TEAMS: Record<string, string> = { alice: 'Research' };

@Claims('team')
export class TeamClaims implements ClaimsSource {
  readonly claims = ['team'];

  resolve({ user }: ClaimsContext) {
    return { team: TEAMS[user.username] };
  }
}
