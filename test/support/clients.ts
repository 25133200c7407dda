// Clients of a spec's own at a running server, created through the administration API.
import { administratorToken, baseOf, type Server } from './flow.js';

export interface CreatedClient {
  client_id: string;
  client_secret?: string;
  token_endpoint_auth_method: string;
  redirect_uris: string[];
  [member: string]: unknown;
}

const administrators = new Map<string, Promise<string>>();

/** Calls the administration API as a machine that may do everything. */
export async function administer(server: Server, method: string, path: string, body?: object): Promise<Response> {
  let token = administrators.get(server.url);
  if (!token) administrators.set(server.url, (token = administratorToken(server)));
  const headers = {
    authorization: `Bearer ${await token}`,
    ...(body && { 'content-type': 'application/json' }),
  };
  return fetch(`${baseOf(server)}${path}`, { method, headers, body: body && JSON.stringify(body) });
}

/**
 * A new client; what is not given is that of a confidential first-party application for the code flow.
 * @example const client = await createClient(server, { access_token_lifetime: 1 });
 */
export async function createClient(server: Server, metadata: Record<string, unknown> = {}): Promise<CreatedClient> {
  const defaults = {
    redirect_uris: ['https://created.example/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid profile offline_access read write',
    skip_consent: true,
  };
  const response = await administer(server, 'POST', '/api/clients', { ...defaults, ...metadata });
  if (response.status !== 201) throw new Error(`No client: ${response.status} ${await response.text()}`);
  return (await response.json()) as CreatedClient;
}
