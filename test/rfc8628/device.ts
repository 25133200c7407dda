// Both sides of the device flow: the device, which asks and polls, and its user at the device page.
import { credentialKey } from '../../src/common/credential.js';
import { query } from '../support/database.js';
import { CLIENTS, DEVICE_CODE } from '../support/fixtures.js';
import { authenticatedPost, type ClientCredentials, type Server, type TokenResponse } from '../support/flow.js';
import type { CookieJar, ParameterMap } from '../support/http.js';
import { open, press, type Stop } from '../pages/browse.js';

export interface DeviceAuthorization {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
}

/** The device's first request, as its client is registered. */
export function requestDevice(
  server: Server,
  client: ClientCredentials = CLIENTS.tv,
  parameters: ParameterMap = {},
): Promise<Response> {
  return authenticatedPost(server, '/oauth/device_authorization', client, parameters);
}

/** A device that shows its code. */
export async function startDevice(
  server: Server,
  client: ClientCredentials = CLIENTS.tv,
  parameters: ParameterMap = {},
): Promise<DeviceAuthorization> {
  const response = await requestDevice(server, client, parameters);
  if (response.status !== 200) throw new Error(`No device code: ${response.status} ${await response.text()}`);
  return (await response.json()) as DeviceAuthorization;
}

export interface Poll {
  status: number;
  headers: Headers;
  body: Partial<TokenResponse> & { error?: string; error_description?: string };
}

/** One poll of the token endpoint. */
export async function poll(
  server: Server,
  device: { device_code: string },
  client: ClientCredentials = CLIENTS.tv,
  parameters: ParameterMap = {},
): Promise<Poll> {
  const response = await authenticatedPost(server, '/oauth/token', client, {
    grant_type: DEVICE_CODE,
    device_code: device.device_code,
    ...parameters,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Poll['body'] };
}

/** Enters a code at the device page, and comes to the page that asks, or to the form with what was wrong. */
export async function enter(server: Server, jar: CookieJar, userCode: string): Promise<Stop> {
  return press(server, jar, await open(server, jar, '/device'), 'device', { user_code: userCode });
}

/** Enters the code and decides. */
export async function decide(
  server: Server,
  jar: CookieJar,
  { user_code }: { user_code: string },
  decision: 'allow' | 'deny' = 'allow',
): Promise<Stop> {
  return press(server, jar, await enter(server, jar, user_code), 'device-confirm', { decision });
}

/** The tokens of a device that its user has allowed. */
export async function connect(
  server: Server,
  jar: CookieJar,
  client: ClientCredentials = CLIENTS.tv,
  parameters: ParameterMap = {},
): Promise<TokenResponse> {
  const device = await startDevice(server, client, parameters);
  await decide(server, jar, device);
  const { status, body } = await poll(server, device, client);
  if (status !== 200) throw new Error(`No token: ${JSON.stringify(body)}`);
  return body as TokenResponse;
}

/** Lets seconds pass for a device; nobody has to wait for them. */
export async function letWait(
  server: { database: string },
  { device_code }: { device_code: string },
  seconds: number,
): Promise<void> {
  const past = (column: string): string => `${column} = ${column} - make_interval(secs => $2)`;
  await query(server, `UPDATE device_codes SET ${past('polled_at')}, ${past('expires_at')} WHERE code_key = $1`, [
    credentialKey(device_code),
    seconds,
  ]);
}
