import { checkIdentityProviders, identityProvidersOf, readIdentityProviders } from './identity-providers.js';

const faultsOf = (work: (faults: string[]) => unknown): string[] => {
  const faults: string[] = [];
  work(faults);
  return faults;
};

describe('the section identity_providers of the bootstrap file', () => {
  it('becomes providers by name, under the names of the options', () => {
    const faults: string[] = [];
    const entries = [
      { name: 'google', client_id: 'id', client_secret: 'secret', sign_up: false, link_by_verified_email: true },
      { name: 'corp', server_metadata_url: 'https://corp.example', label: 'Corp', trust_amr: null },
    ];
    expect(readIdentityProviders(entries, faults)).toEqual({
      google: { clientId: 'id', clientSecret: 'secret', signUp: false, linkByVerifiedEmail: true },
      corp: { serverMetadataUrl: 'https://corp.example', label: 'Corp' },
    });
    expect(faults).toEqual([]);
  });

  it('says all that is wrong with it, by its path and without values', () => {
    const entries = [
      { name: 'Google', clientId: 'x', sign_out: 'yes' },
      { server_metadata_url: 'file:///etc/passwd', response_mode: 'fragment' },
      { name: 'corp' },
      { name: 'corp', code_challenge_method: 'plain' },
    ];
    expect(faultsOf((faults) => readIdentityProviders(entries, faults))).toEqual([
      'identity_providers[0].name: must be a name of lower-case letters, digits, _ and -, and begin with a letter',
      'identity_providers[0].clientId: is unknown, use client_id',
      'identity_providers[0].sign_out: must be true or false',
      'identity_providers[1].name: must be given',
      'identity_providers[1].server_metadata_url: must be an http or https URL',
      'identity_providers[1].response_mode: must be one of: query, form_post',
      'identity_providers[3].name: is the same as that of another one',
      'identity_providers[3].code_challenge_method: must be one of: S256, false',
    ]);
  });
});

describe('IDENTITY_PROVIDERS', () => {
  it('names them, with switches of their own', () => {
    const env = {
      IDENTITY_PROVIDERS: 'google, corp-sso',
      GOOGLE_SIGN_UP: 'off',
      CORP_SSO_LABEL: 'Corp',
      CORP_SSO_SIGN_OUT: 'on',
      CORP_SSO_CLIENT_ID: 'read elsewhere',
    };
    const faults: string[] = [];
    expect(identityProvidersOf(env, faults)).toEqual({
      google: { signUp: false },
      'corp-sso': { label: 'Corp', signOut: true },
    });
    expect(faults).toEqual([]);
  });

  it('is refused with a name that cannot be one, and with a switch that is neither on nor off', () => {
    const env = { IDENTITY_PROVIDERS: 'google,../x,constructor', GOOGLE_TRUST_AMR: 'maybe' };
    const faults = faultsOf((found) => identityProvidersOf(env, found));
    expect(faults).toEqual([
      expect.stringMatching(/^IDENTITY_PROVIDERS must hold names/),
      'GOOGLE_TRUST_AMR must be one of: on, off.',
    ]);
  });
});

describe('the option identityProviders', () => {
  it('says what is wrong with it under the names of its members', () => {
    const given = { google: { clientId: 1, client_secret: 'x' }, 'Bad Name': {}, other: true };
    expect(faultsOf((faults) => checkIdentityProviders(given, faults))).toEqual([
      'identityProviders.google.client_secret: is unknown, use clientSecret',
      'identityProviders.google.clientId: must be a text',
      'identityProviders."Bad Name": must be a name of lower-case letters, digits, _ and -, and begin with a letter',
      'identityProviders.other: must be an object',
    ]);
  });
});
