// examples/microservices: a gateway that passes tokens on, and two services that guard themselves.
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { onClose } from '../support/cleanup.js';
import { type RunningExample, startExample } from '../support/example.js';
import { basic } from '../support/http.js';

const SECRETS = {
  buyer: 'a-buyer-secret-of-32-characters-or-so',
  storekeeper: 'a-storekeeper-secret-of-32-characters',
};
const TOO_LITTLE =
  'error="insufficient_scope", error_description="The access token does not carry the scope that is needed here."';

let example: RunningExample;
let issuer: string;
beforeAll(async () => {
  example = await startExample('microservices', { ready: /The shop is ready/ });
  issuer = /accepts tokens of (\S+)\./.exec(example.said())![1];
}, 150_000);

const tokenOf = async (client: keyof typeof SECRETS, resource = example.url): Promise<string> => {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: basic(client, SECRETS[client]) },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(resource && { resource }) }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
};

const ask = (path: string, token?: string, method = 'GET', body?: Record<string, string>): Promise<Response> =>
  fetch(example.url + path, {
    method,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    body: body && new URLSearchParams(body),
  });

/** Past the gateway, as somebody within its network could. */
function tell(service: 'orders' | 'stock', pattern: string, token?: string): Promise<unknown> {
  const port = Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) \\(${service}\\)`).exec(example.said())![1]);
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  onClose(() => client.close());
  client.setOnDispatchHook((packet) => {
    if (token !== undefined) packet.metadata = { authorization: `Bearer ${token}` };
  });
  return firstValueFrom(client.send(pattern, { item: 'tea' }));
}

it('passes the token on, from the gateway to a service and from that to the next', async () => {
  const buyer = await tokenOf('buyer');
  const placed = await ask('/orders', buyer, 'POST', { item: 'tea' });
  expect([placed.status, await placed.json()]).toEqual([201, { item: 'tea', buyer: 'buyer', state: 'placed' }]);
  expect(await (await ask('/orders', buyer)).json()).toEqual([{ item: 'tea', buyer: 'buyer' }]);
  expect(await (await ask('/stock')).json()).toEqual({ tea: 1, coffee: 0 });
  expect(await (await ask('/orders', buyer, 'POST', { item: 'coffee' })).json()).toMatchObject({ state: 'sold out' });
});

it('turns away at the gateway who has no token, or one that is too weak', async () => {
  const metadata = `resource_metadata="${example.url}/.well-known/oauth-protected-resource"`;
  const unknown = await ask('/orders');
  expect(unknown.status).toBe(401);
  expect(unknown.headers.get('www-authenticate')).toBe(`Bearer realm="api", scope="orders:read", ${metadata}`);
  const weak = await ask('/orders', await tokenOf('storekeeper'));
  expect(weak.status).toBe(403);
  expect(weak.headers.get('www-authenticate')).toBe(
    `Bearer realm="api", ${TOO_LITTLE}, scope="orders:read", ${metadata}`,
  );
});

it('answers what a service refuses with its status, challenge and body', async () => {
  const refused = await ask('/stock/tea', await tokenOf('buyer'), 'PUT', { count: '9' });
  expect(refused.status).toBe(403);
  expect(refused.headers.get('www-authenticate')).toBe(`Bearer realm="api", ${TOO_LITTLE}, scope="stock:write"`);
  expect(await refused.json()).toEqual({
    error: 'insufficient_scope',
    error_description: 'The access token does not carry the scope that is needed here.',
  });
  const filled = await ask('/stock/tea', await tokenOf('storekeeper'), 'PUT', { count: '9' });
  expect(await filled.json()).toMatchObject({ tea: 9 });
});

it('keeps the tokens of callers at the same time apart', async () => {
  const [buyer, storekeeper] = [await tokenOf('buyer'), await tokenOf('storekeeper')];
  const answers = Array.from({ length: 40 }, async (_, index) => {
    const token = index % 2 === 0 ? buyer : storekeeper;
    return (await ask('/stock/coffee', token, 'PUT', { count: '0' })).status;
  });
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 403 : 200)));
});

it.each<['orders' | 'stock', string]>([
  ['orders', 'orders.place'],
  ['stock', 'stock.take'],
])('the service %s guards itself against whoever goes past the gateway', async (service, pattern) => {
  const challenge = expect.stringMatching(/^Bearer realm="api"/) as string;
  await expect(tell(service, pattern)).rejects.toMatchObject({ statusCode: 401, challenge });
  const elsewhere = await tokenOf('buyer', '');
  await expect(tell(service, pattern, elsewhere)).rejects.toMatchObject({ statusCode: 401, error: 'invalid_token' });
  const weak = await tokenOf('storekeeper');
  await expect(tell(service, pattern, weak)).rejects.toMatchObject({ statusCode: 403, error: 'insufficient_scope' });
});

it('stops with status 0', async () => {
  expect(await example.stop()).toBe(0);
});
