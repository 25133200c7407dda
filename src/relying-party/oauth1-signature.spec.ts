// Signatures of OAuth 1.0a: the examples of RFC 5849, and what they leave out.
import { generateKeyPairSync, verify } from 'node:crypto';
import {
  authorizationHeader,
  percentEncode,
  signatureBase,
  signatureOf,
  signedParameters,
  type SignedParameters,
  type SigningCredentials,
} from './oauth1-signature.js';

const CLIENT: SigningCredentials = {
  clientId: 'dpf43f3p2l4k3l03',
  clientSecret: 'kd94hf93k423kf44',
  signatureMethod: 'HMAC-SHA1',
};

const get = (url: string): { method: string; url: URL } => ({ method: 'GET', url: new URL(url) });

function oauth(timestamp: string, nonce: string, extra: Record<string, string>): SignedParameters {
  return Object.entries({
    oauth_consumer_key: CLIENT.clientId,
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: timestamp,
    oauth_nonce: nonce,
    ...extra,
  });
}

describe('the examples of RFC 5849', () => {
  it('have the signature base string of §3.4.1.1', () => {
    const request = {
      method: 'POST',
      url: new URL('http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'),
      form: [
        ['c2', ''],
        ['a3', '2 q'],
      ] as const,
    };
    const parameters = Object.entries({
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    });
    expect(signatureBase(request, parameters)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26' +
        'c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
        'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  it.each<[string, string, string, SignedParameters, string | undefined, string]>([
    [
      'temporary credentials',
      'POST',
      'https://photos.example.net/initiate',
      oauth('137131200', 'wIjqoS', { oauth_callback: 'http://printer.example.com/ready' }),
      undefined,
      '74KNZJeDHnMBp0EMJ9ZHt/XKycU=',
    ],
    [
      'token credentials',
      'POST',
      'https://photos.example.net/token',
      oauth('137131201', 'walatlh', { oauth_token: 'hh5s93j4hdidpola', oauth_verifier: 'hfdp7dh39dks9884' }),
      'hdhd0244k9j7ao03',
      'gKgrFCywp7rO0OXSjdot/IHF7IU=',
    ],
    [
      'a photo',
      'get',
      'http://photos.example.net/photos?file=vacation.jpg&size=original',
      oauth('137131202', 'chapoH', { oauth_token: 'nnch734d00sl2jdk' }),
      'pfkkdhi9sl3r4s00',
      'MdpQcU8iPSUjWoN/UDMsK2sui9I=',
    ],
  ])('have the signature of the request for %s (§1.2)', (_, method, url, parameters, secret, signature) => {
    const credentials = { ...CLIENT, token: secret === undefined ? undefined : { key: '', secret } };
    expect(signatureOf(signatureBase({ method, url: new URL(url) }, parameters), credentials)).toBe(signature);
  });
});

describe('the signature base string', () => {
  it('keeps a port that is not the default (§3.4.1.2)', () => {
    expect(signatureBase(get('https://www.example.net:8080/?q=1'), [])).toBe(
      'GET&https%3A%2F%2Fwww.example.net%3A8080%2F&q%3D1',
    );
    expect(signatureBase(get('https://www.example.net:443/'), [])).toBe('GET&https%3A%2F%2Fwww.example.net%2F&');
  });

  it('has every repeated parameter, in the order of its values (§3.4.1.3.2)', () => {
    expect(signatureBase(get('https://a.example/?x=b&x=a&x=B&x-y=1&x=%C3%A4'), [])).toBe(
      `GET&https%3A%2F%2Fa.example%2F&${percentEncode('x=%C3%A4&x=B&x=a&x=b&x-y=1')}`,
    );
  });

  it('reads + as a space, and writes it as %20 (§3.4.1.3.1)', () => {
    expect(signatureBase(get('https://a.example/?a+b=c+d%2B'), [])).toBe(
      `GET&https%3A%2F%2Fa.example%2F&${percentEncode('a%20b=c%20d%2B')}`,
    );
  });

  it('encodes all but unreserved characters (§3.6)', () => {
    expect(percentEncode("Az09-._~ !*'()&=+%/é☃")).toBe('Az09-._~%20%21%2A%27%28%29%26%3D%2B%25%2F%C3%A9%E2%98%83');
  });
});

it('signs with RSA-SHA1 what the public key verifies, and the base string alone (§3.4.3)', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const base = signatureBase(get('https://a.example/'), []);
  for (const key of [
    privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey.export({ format: 'jwk' }),
  ]) {
    const credentials = { ...CLIENT, signatureMethod: 'RSA-SHA1', privateKey: key } as const;
    const signature = Buffer.from(signatureOf(base, credentials), 'base64');
    expect(verify('RSA-SHA1', Buffer.from(base), publicKey, signature)).toBe(true);
    expect(verify('RSA-SHA1', Buffer.from(`${base}x`), publicKey, signature)).toBe(false);
  }
});

it('has both secrets as the signature of PLAINTEXT (§3.4.4)', () => {
  const credentials = { ...CLIENT, clientSecret: 'djr9rjt0jd78jf88&', signatureMethod: 'PLAINTEXT' } as const;
  const token = { key: 'k', secret: 'jjd99$tj88uiths3' };
  expect(signatureOf('', { ...credentials, token })).toBe('djr9rjt0jd78jf88%26&jjd99%24tj88uiths3');
  expect(signatureOf('', credentials)).toBe('djr9rjt0jd78jf88%26&');
});

it('signs each request with a nonce of its own, and what is sent beside it (§3.1)', () => {
  const request = get('https://a.example/');
  const parameters = signedParameters(request, { ...CLIENT, token: { key: 'k', secret: 's' } }, [
    ['oauth_verifier', 'v'],
  ]);
  const sent = new Map(parameters);
  expect([...sent.keys()]).toEqual([
    'oauth_consumer_key',
    'oauth_token',
    'oauth_signature_method',
    'oauth_timestamp',
    'oauth_nonce',
    'oauth_version',
    'oauth_verifier',
    'oauth_signature',
  ]);
  const again = new Map(signedParameters(request, CLIENT));
  expect(again.get('oauth_nonce')).not.toBe(sent.get('oauth_nonce'));
  expect(again.has('oauth_token')).toBe(false);
});

it('writes parameters encoded into the header (§3.5.1)', () => {
  const header = authorizationHeader([
    ['oauth_consumer_key', 'a b"'],
    ['oauth_signature', 'x/y='],
  ]);
  expect(header).toBe('OAuth oauth_consumer_key="a%20b%22", oauth_signature="x%2Fy%3D"');
});
