import { jest } from '@jest/globals';
import { IssuerMetadata } from './issuer-metadata.js';
import { IssuerRequestError } from './issuer-requests.js';

const ISSUER = 'https://issuer.example';

afterEach(() => void jest.restoreAllMocks());

function metadataWith(members: object): IssuerMetadata {
  const answer = (): Promise<Response> => Promise.resolve(Response.json({ issuer: ISSUER, ...members }));
  jest.spyOn(globalThis, 'fetch').mockImplementation(answer);
  return new IssuerMetadata(ISSUER, 1000, { cooldown: 0, maxStale: 0 });
}

describe('the metadata of an https issuer', () => {
  it.each(['http://localhost:8080/keys', 'http://127.0.0.1/keys', 'http://[::1]:9200/'])(
    'do not send requests to %s',
    async (url) => {
      const metadata = metadataWith({ jwks_uri: url, introspection_endpoint: url });
      await expect(metadata.endpoint('jwks_uri')).rejects.toThrow(IssuerRequestError);
      await expect(metadata.endpoint('introspection_endpoint')).rejects.toThrow('must use https, as the issuer does');
    },
  );

  it('may name endpoints of another host', async () => {
    const metadata = metadataWith({ jwks_uri: 'https://keys.example/jwks' });
    expect(await metadata.endpoint('jwks_uri')).toBe('https://keys.example/jwks');
  });
});
