// Clients that register themselves at a running server, as RFC 7591 has it.
import { baseOf, type Server } from './flow.js';

export interface Registered {
  client_id: string;
  client_secret?: string;
  client_id_issued_at: number;
  registration_access_token: string;
  registration_client_uri: string;
  token_endpoint_auth_method: string;
  redirect_uris: string[];
  [member: string]: unknown;
}

/** What a client says of itself when nothing else is asked of it. */
export const REDIRECT_URI = 'https://registered.example/callback';
export const METADATA = { redirect_uris: [REDIRECT_URI] };

/** POST of client metadata. */
export function postMetadata(
  server: Server,
  metadata: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${baseOf(server)}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
  });
}

/** A client that has registered; throws when the answer is not 201. */
export async function register(
  server: Server,
  metadata: object = METADATA,
  headers: Record<string, string> = {},
): Promise<Registered> {
  const response = await postMetadata(server, metadata, headers);
  if (response.status !== 201) throw new Error(`Registration: ${response.status} ${await response.text()}`);
  return (await response.json()) as Registered;
}

/** Status, code and description of a refusal. */
export async function refusal(response: Response): Promise<[status: number, code: string, description: string]> {
  const body = (await response.json()) as { error: string; error_description?: string };
  return [response.status, body.error, body.error_description ?? ''];
}

/** What a client does with its registration. */
export function manage(
  client: Pick<Registered, 'registration_client_uri' | 'registration_access_token'>,
  method: string,
  metadata?: object,
): Promise<Response> {
  return fetch(client.registration_client_uri, {
    method,
    headers: {
      authorization: `Bearer ${client.registration_access_token}`,
      ...(metadata && { 'content-type': 'application/json' }),
    },
    body: metadata && JSON.stringify(metadata),
  });
}
