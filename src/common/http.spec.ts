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

  it.each([undefined, null, {}, '', 'text of a type that is not read here'])(
    'needs no bytes of the body %p',
    (body) => {
      expect(toOAuthRequest({ ...request, body }).body).toBeUndefined();
    },
  );

  it('says that the bytes are needed of a form that is there parsed only', () => {
    expect(() => toOAuthRequest({ ...request, body: { grant_type: 'password' } })).toThrow('rawBody: true');
  });
});
