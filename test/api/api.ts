// Requests to the JSON APIs, and accounts and clients that a spec has to itself.
import { randomBytes } from 'node:crypto';
import { administratorToken, baseOf, type ClientCredentials, type Credentials, type Server } from '../support/flow.js';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  /** Parsed; undefined when it is empty. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the answer is
  body: any;
}

export interface ApiRequest {
  /** Sent as JSON; text as it is. */
  body?: unknown;
  /** Absent: with all administration scopes; null: none. */
  token?: string | null;
  headers?: Record<string, string>;
}

export type Api = (method: string, path: string, request?: ApiRequest) => Promise<ApiAnswer>;

/** Requests with a token for administration, unless said otherwise. */
export function apiOf(server: Server): Api {
  let administrator: Promise<string> | undefined;
  return async (method, path, { body, token, headers } = {}) => {
    const sent = new Headers(headers);
    const bearer = token === undefined ? await (administrator ??= administratorToken(server)) : token;
    if (bearer !== null && !sent.has('authorization')) sent.set('authorization', `Bearer ${bearer}`);
    if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json');
    const response = await fetch(`${baseOf(server)}${path}`, {
      method,
      headers: sent,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
    };
  };
}

export const unique = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;

export interface TestUser extends Credentials {
  id: string;
}

export async function createUser(api: Api, members: object = {}): Promise<TestUser> {
  const credentials = { username: unique('user'), password: unique('password') };
  const { status, body } = await api('POST', '/api/users', { body: { ...credentials, ...members } });
  if (status !== 201) throw new Error(`No user: ${JSON.stringify(body)}`);
  return { ...credentials, id: body.id };
}

/** A confidential client; by default of the code flow, without consent. */
export async function createClient(api: Api, members: object = {}): Promise<Required<ClientCredentials>> {
  const defaults = {
    client_id: unique('client'),
    redirect_uris: ['https://client.example/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'profile read write',
    skip_consent: true,
  };
  const { status, body } = await api('POST', '/api/clients', { body: { ...defaults, ...members } });
  if (status !== 201) throw new Error(`No client: ${JSON.stringify(body)}`);
  return body;
}

/** The names of the members that were refused. */
export const faultsOf = ({ body }: ApiAnswer): string[] => body.faults.map(({ member }: { member: string }) => member);
