// A format of access tokens of a host application, in one file: one that secret scanners recognize.
// @see RFC 6749 §1.4 https://www.rfc-editor.org/rfc/rfc6749#section-1.4
import { TokenFormat, type TokenFormatContext, tokenIdentifier } from 'nest-authorization-server';
import { createClient } from '../support/clients.js';
import { CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect, me, obtainTokens, revoke, signIn } from '../support/flow.js';
import { startInProcess } from '../support/in-process.js';

const PREFIX = 'example_';

@TokenFormat('prefixed')
class PrefixedFormat implements TokenFormat {
  write({ value }: TokenFormatContext): string {
    return PREFIX + value;
  }

  recognizes(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  identify(token: string): string {
    return tokenIdentifier(token.slice(PREFIX.length));
  }
}

@TokenFormat('opaque', { replaces: true })
class UpsideDownFormat implements TokenFormat {
  write({ value }: TokenFormatContext): string {
    return [...value].reverse().join('');
  }

  recognizes(): boolean {
    return true;
  }

  identify(token: string): string {
    return tokenIdentifier([...token].reverse().join(''));
  }
}

it('writes the tokens of clients that are registered for it, which work everywhere', async () => {
  const server = await startInProcess({}, [PrefixedFormat]);
  const client = await createClient(server, { access_token_format: 'prefixed' });
  const jar = await signIn(server);
  const parameters = { redirect_uri: client.redirect_uris[0], scope: 'profile' };
  const { access_token } = await obtainTokens(server, client, parameters, jar);
  expect(access_token).toMatch(/^example_[\w-]+$/);
  expect((await me(server, access_token)).status).toBe(200);
  expect(await introspect(server, access_token)).toMatchObject({ active: true, client_id: client.client_id });
  await revoke(server, client, access_token);
  expect((await introspect(server, access_token)).active).toBe(false);
  expect((await clientCredentials(server, CLIENTS.machine)).access_token).toMatch(/^[\w-]+$/);
});

it('can be that of the server', async () => {
  const server = await startInProcess({ accessTokenFormat: 'prefixed' }, [PrefixedFormat]);
  const { access_token } = await clientCredentials(server, CLIENTS.machine);
  expect(access_token).toMatch(/^example_/);
  expect((await introspect(server, access_token)).active).toBe(true);
});

it('takes the place of a built-in one when it says so', async () => {
  const server = await startInProcess({}, [UpsideDownFormat]);
  const { access_token } = await clientCredentials(server, CLIENTS.machine);
  expect((await introspect(server, access_token)).active).toBe(true);
  expect((await introspect(server, [...access_token].reverse().join(''))).active).toBe(false);
});

it('that nobody provides stops the start', async () => {
  await expect(startInProcess({ accessTokenFormat: 'prefixed' })).rejects.toThrow(
    "No @TokenFormat('prefixed') is provided; there are: jwt, opaque.",
  );
});
