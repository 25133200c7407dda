import { toOAuthRequest } from './http.js';

const request = { method: 'POST', url: '/token?a=1&b=2', headers: {}, ip: '192.0.2.1', id: 'r-1' };

describe('toOAuthRequest', () => {
  it('has the bytes of the body, the query as it was sent, and the name of the request', () => {
    const rawBody = Buffer.from('grant_type=password');
    expect(toOAuthRequest({ ...request, rawBody, body: { grant_type: 'password' } })).toEqual({
      method: 'POST',
      path: '/token',
      query: 'a=1&b=2',
      headers: {},
      body: rawBody,
      address: '192.0.2.1',
      reference: 'r-1',
    });
  });

  it.each([undefined, null, {}, ''])('needs no bytes of a body that holds nothing: %p', (body) => {
    expect(toOAuthRequest({ ...request, body }).body).toBeUndefined();
  });

  it.each([[{ grant_type: 'password' }], ['grant_type=password']])('says that the bytes are needed of %p', (body) => {
    expect(() => toOAuthRequest({ ...request, body })).toThrow('rawBody: true');
  });
});
