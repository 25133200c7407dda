// OAuthClientModule in an application: who is registered, and what is injected where.
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  createOAuthRegistry,
  InjectOAuthClient,
  type OAuthClient,
  OAuthClientModule,
  type OAuthClientModuleOptions,
  oauthClientToken,
  OAuthRegistry,
} from 'nest-authorization-server/relying-party';

const CREDENTIALS = { clientId: 'id', clientSecret: 'secret' };
const ENV = { GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret' };

@Injectable()
class Calendar {
  constructor(@InjectOAuthClient('google') readonly google: OAuthClient) {}
}

@Injectable()
class Issues {
  @InjectOAuthClient('github') readonly github!: OAuthClient;
}

/** As a host application gives them: from a provider of its own. */
@Injectable()
class Settings {
  readonly clients: OAuthClientModuleOptions = { env: {}, providers: { google: CREDENTIALS } };
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

it('injects the client of the registry, the same one everywhere', async () => {
  const clients = OAuthClientModule.forRoot({ env: ENV, providers: { google: CREDENTIALS, github: true } });
  const module = await Test.createTestingModule({ imports: [clients], providers: [Calendar, Issues] }).compile();
  const registry = module.get(OAuthRegistry);
  expect(module.get(Calendar).google).toBe(registry.get('google'));
  expect(module.get(Issues).github).toBe(registry.get('github'));
  expect([module.get(Issues).github.name, module.get(Issues).github.label]).toEqual(['github', 'GitHub']);
});

it('injects clients of which only the factory of the options knows', async () => {
  const clients = OAuthClientModule.forRootAsync({
    imports: [SettingsModule],
    inject: [Settings],
    useFactory: async (settings: Settings) => Promise.resolve(settings.clients),
  });
  const module = await Test.createTestingModule({ imports: [clients], providers: [Calendar] }).compile();
  expect(module.get(Calendar).google.protocol).toBe('oidc');
});

it('injects into classes that were decorated after forRoot', async () => {
  const clients = OAuthClientModule.forRootAsync({
    useFactory: () => ({ env: {}, providers: { gitlab: CREDENTIALS } }),
  });

  @Injectable()
  class Late {
    constructor(@InjectOAuthClient('gitlab') readonly gitlab: OAuthClient) {}
  }

  const module = await Test.createTestingModule({ imports: [clients], providers: [Late] }).compile();
  expect(module.get(Late).gitlab.label).toBe('GitLab');
});

it('does not begin when a client is injected that nobody registered, and names those that there are', async () => {
  const clients = OAuthClientModule.forRoot({ env: {}, providers: { gitlab: CREDENTIALS } });
  const module = Test.createTestingModule({ imports: [clients], providers: [Calendar] });
  await expect(module.compile()).rejects.toThrow("No provider 'google' is registered; there are: gitlab.");
});

it('does not begin when an injected client lacks something, and names the variables', async () => {
  const clients = OAuthClientModule.forRoot({ env: {}, providers: { google: true } });
  const module = Test.createTestingModule({ imports: [clients], providers: [Calendar] });
  await expect(module.compile()).rejects.toThrow('google.clientId: is missing (GOOGLE_CLIENT_ID in the environment)');
});

it('asks nothing of a provider that nobody uses', async () => {
  const clients = OAuthClientModule.forRoot({ env: {}, providers: { google: {}, github: CREDENTIALS } });
  const module = await Test.createTestingModule({ imports: [clients] }).compile();
  expect(module.get(OAuthRegistry).get('github').name).toBe('github');
});

it('injects what a test puts in the place of a client', async () => {
  const fake = { name: 'fake' };
  const clients = OAuthClientModule.forRoot({ env: {}, providers: { google: CREDENTIALS } });
  const module = await Test.createTestingModule({ imports: [clients], providers: [Calendar] })
    .overrideProvider(oauthClientToken('google'))
    .useValue(fake)
    .compile();
  expect(module.get(Calendar).google).toBe(fake);
});

describe('forFeature', () => {
  @Module({
    imports: [OAuthClientModule.forFeature({ providers: { github: CREDENTIALS } })],
    providers: [Issues],
    exports: [Issues],
  })
  class IssuesModule {}

  it('registers more providers, and injects them where it is imported', async () => {
    const clients = OAuthClientModule.forRoot({ env: {}, providers: { google: CREDENTIALS } });
    const module = await Test.createTestingModule({ imports: [IssuesModule, clients] }).compile();
    const registry = module.get(OAuthRegistry);
    expect(module.get(Issues).github).toBe(registry.get('github'));
    expect(registry.names().sort()).toEqual(['github', 'google']);
  });

  it('refuses a name that is registered already', async () => {
    const clients = OAuthClientModule.forRoot({ env: {}, providers: { github: CREDENTIALS } });
    const module = Test.createTestingModule({ imports: [clients, IssuesModule] });
    await expect(module.compile()).rejects.toThrow('github: is registered already');
  });

  it('needs forRoot', async () => {
    const module = Test.createTestingModule({ imports: [IssuesModule] });
    await expect(module.compile()).rejects.toThrow('forFeature needs OAuthClientModule.forRoot');
  });
});

it('does not begin with secret keys that are too short or missing, or hosts that are none', async () => {
  const options = {
    secretKeys: ['x'.repeat(32), 'short', undefined as never],
    allowInsecureHosts: ['http://a.example'],
  };
  const faults = [
    'secretKeys[1]: must have at least 32 characters',
    'secretKeys[2]: must have at least 32 characters',
    'allowInsecureHosts[0]: must be host or host:port',
  ].join('; ');
  const module = Test.createTestingModule({ imports: [OAuthClientModule.forRoot(options)] });
  await expect(module.compile()).rejects.toThrow(faults);
  expect(() => createOAuthRegistry(options)).toThrow(faults);
});

it('refuses a second forRoot', async () => {
  const roots = [OAuthClientModule.forRoot({ providers: { google: true } }), OAuthClientModule.forRoot()];
  await expect(Test.createTestingModule({ imports: roots }).compile()).rejects.toThrow('is imported twice');
});

it('is the same module wherever it is imported', async () => {
  const clients = OAuthClientModule.forRoot({ env: {}, providers: { google: CREDENTIALS } });

  @Module({ imports: [clients], providers: [Calendar] })
  class CalendarModule {}

  const module = await Test.createTestingModule({ imports: [clients, CalendarModule] }).compile();
  expect(module.get(Calendar).google).toBe(module.get(OAuthRegistry).get('google'));
});

it('makes a registry without Nest, whose environment is that of the process', () => {
  process.env.WITHOUT_NEST_CLIENT_SECRET = 'secret';
  try {
    const providers = { 'without-nest': { clientId: 'id', preset: 'gitlab' } };
    expect(createOAuthRegistry({ providers }).get('without-nest').label).toBe('GitLab');
  } finally {
    delete process.env.WITHOUT_NEST_CLIENT_SECRET;
  }
});
