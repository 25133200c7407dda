// The userinfo endpoint.
// @see OIDC Core §5.3.1 https://openid.net/specs/openid-connect-core-1_0.html#UserInfoRequest
import { jsonResponse, NO_STORE, type OAuthRequest, type OAuthResponse } from '../../common/http.js';
import { parseForm } from '../../common/parameters.js';
import { invalidRequest, tokenMissing } from '../../resource-server/bearer-challenge.js';
import { readBearerToken } from '../../resource-server/bearer-request.js';
import { Userinfo, USERINFO_REALM } from '../userinfo.js';
import { EndpointController } from './endpoint-controller.js';
import { Endpoint } from './endpoint.js';
import { isForm } from './form.js';

const ACCESS_TOKEN = 'access_token';

@Endpoint({
  name: 'userinfo',
  path: '/oauth/userinfo',
  methods: ['GET', 'POST'],
  metadata: 'userinfo_endpoint',
  cors: 'clients',
})
export class UserinfoController extends EndpointController {
  constructor(private readonly userinfo: Userinfo) {
    super();
  }

  async respond(request: OAuthRequest): Promise<OAuthResponse> {
    const answer = await this.userinfo.respond(readToken(request));
    if (typeof answer === 'object') return jsonResponse(200, answer, NO_STORE);
    return { status: 200, headers: { 'content-type': 'application/jwt', ...NO_STORE }, body: answer };
  }
}

/**
 * The access token: in the header, or in a form that was posted; never in the URL, where logs keep it.
 * @throws BearerError
 * @see RFC 6750 §2, RFC 9700 §4.3.2
 */
function readToken(request: OAuthRequest): string {
  const inUrl = parseForm(request.query).has(ACCESS_TOKEN);
  const form = request.method === 'POST' && isForm(request) ? parseForm(request.body ?? '') : undefined;
  const posted = form?.get(ACCESS_TOKEN);
  const { authorization } = request.headers;
  if (posted !== undefined && !inUrl) {
    if (authorization === undefined) return posted;
    throw invalidRequest(USERINFO_REALM, 'The request has more than one access token.');
  }
  const token = readBearerToken(
    { headers: { authorization }, query: inUrl ? { [ACCESS_TOKEN]: '' } : {} },
    USERINFO_REALM,
  );
  if (token === undefined) throw tokenMissing(USERINFO_REALM);
  return token;
}
