// The registry: who is registered, and when a client is built.
import type { OAuthClient } from './oauth-client.js';
import { OAuthRegistry } from './oauth-registry.js';
import type { ProviderSettings } from './provider-settings.js';

type Built = OAuthClient & { settings: ProviderSettings };
const build = (settings: ProviderSettings): OAuthClient => ({ settings }) as unknown as OAuthClient;
const OPTIONS = { clientId: 'id', clientSecret: 'secret' };
const settings = (registry: OAuthRegistry, name: string): ProviderSettings => (registry.get(name) as Built).settings;

it('builds a client when it is first asked for, once', () => {
  const built: string[] = [];
  const registry = new OAuthRegistry({ build: (one) => (built.push(one.name), build(one)) });
  registry.register('google', OPTIONS);
  registry.register('github', OPTIONS);
  expect(built).toEqual([]);
  expect(registry.get('google')).toBe(registry.get('google'));
  expect(built).toEqual(['google']);
});

it('refuses a second registration of a name, unless it says overwrite', () => {
  const registry = new OAuthRegistry({ build });
  registry.register('google', OPTIONS);
  const first = registry.get('google');
  expect(() => registry.register('google', { ...OPTIONS, clientId: 'second' })).toThrow(
    'google: is registered already',
  );
  expect(registry.get('google')).toBe(first);
  registry.register('google', { ...OPTIONS, clientId: 'second' }, { overwrite: true });
  expect(settings(registry, 'google').clientId).toBe('second');
});

it('names the providers that there are when one is not', () => {
  const registry = new OAuthRegistry({ build });
  expect(() => registry.get('google')).toThrow("No provider 'google' is registered; there are: none.");
  registry.register('github', OPTIONS);
  registry.register('gitlab', OPTIONS);
  expect(() => registry.get('constructor')).toThrow('there are: github, gitlab.');
  expect([registry.find('google'), registry.has('google'), registry.has('github')]).toEqual([undefined, false, true]);
  expect(registry.names()).toEqual(['github', 'gitlab']);
});

it('tells what is wrong with a provider when it is asked for, and again', () => {
  const registry = new OAuthRegistry({ build, env: {} });
  registry.register('google', {});
  for (let time = 0; time < 2; time++)
    expect(() => registry.get('google')).toThrow('google.clientId: is missing (GOOGLE_CLIENT_ID in the environment)');
});

it('refuses a name that is none', () => {
  const registry = new OAuthRegistry({ build });
  expect(() => registry.register('Google!', OPTIONS)).toThrow('name: must be lower-case letters');
});

it('refuses a name whose variables are those of another one', () => {
  const registry = new OAuthRegistry({ build });
  registry.register('my-corp', OPTIONS);
  expect(() => registry.register('my_corp', OPTIONS)).toThrow('my_corp: has the variables of my-corp');
  expect(registry.names()).toEqual(['my-corp']);
});

it('reads the environment when the client is built, behind or before the options', () => {
  const env: Record<string, string> = {};
  const registry = new OAuthRegistry({ build, env });
  registry.register('google', { clientId: 'code' });
  registry.register('github', { clientId: 'code' }, { overwrite: true });
  Object.assign(env, { GOOGLE_CLIENT_ID: 'env', GITHUB_CLIENT_ID: 'env', GITHUB_CLIENT_SECRET: 'secret' });
  expect([settings(registry, 'google').clientId, settings(registry, 'github').clientId]).toEqual(['code', 'env']);
});

it('gives every client the token functions of the registry, unless it has its own', () => {
  const fetchToken = (): undefined => undefined;
  const own = (): undefined => undefined;
  const registry = new OAuthRegistry({ build, fetchToken });
  registry.register('google', OPTIONS);
  registry.register('github', { ...OPTIONS, fetchToken: own });
  expect(settings(registry, 'google').fetchToken).toBe(fetchToken);
  expect(settings(registry, 'github').fetchToken).toBe(own);
});

it('builds a client of the application in place of the built-in one', () => {
  const registry = new OAuthRegistry({ build });
  const client = {} as OAuthClient;
  registry.register('google', OPTIONS, { build: () => client });
  expect(registry.get('google')).toBe(client);
});
