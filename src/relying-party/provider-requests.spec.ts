import type { OAuthClientOptions } from './oauth-client.options.js';
import { Provider } from './provider.js';
import { settingsOf } from './provider-settings.js';

const faultOf = (url: string, options: OAuthClientOptions = {}): string | undefined =>
  new Provider(
    settingsOf('op', { clientId: 'app', serverMetadataUrl: 'https://op.example', ...options }),
  ).requests.urlFault(url);

it.each([
  'https://10.0.0.5/token',
  'https://169.254.169.254/latest',
  'https://[::1]/token',
  'https://[::ffff:127.0.0.1]/token',
  'https://localhost/token',
  'https://localhost./token',
  'https://op.localhost/token',
])('a provider of the Internet does not lead to %s', (url) => {
  expect(faultOf(url)).toBe('leads into an internal network');
});

it.each<[string, OAuthClientOptions]>([
  ['accessTokenUrl', { accessTokenUrl: 'https://10.0.0.5/token' }],
  ['refreshTokenUrl', { refreshTokenUrl: 'https://10.0.0.5/token' }],
  ['metadata', { metadata: { introspection_endpoint: 'https://10.0.0.5/introspect' } }],
])('the operator does, by %s', (_member, options) => {
  expect(faultOf('https://10.0.0.5/token', options)).toBeUndefined();
});
