// Creates a client.
// @see RFC 7591 §2 https://www.rfc-editor.org/rfc/rfc7591#section-2
import type { Command } from 'commander';
import type { CreatedClient } from '../clients/clients.service.js';
import { readDocument } from '../config/document-file.js';
import { command, list, repeated } from './command.js';
import { UsageError } from './failure.js';
import { readSecretLine } from './input.js';
import { details, print, printJson } from './output.js';
import { withServices } from './with-services.js';

interface Options {
  id?: string;
  name?: string;
  redirectUri?: string[];
  grant?: string[];
  responseType?: string[];
  scope?: string;
  defaultScope?: string;
  authMethod?: string;
  jwksUri?: string;
  public?: true;
  resourceServer?: true;
  skipConsent?: true;
  metadata?: string;
  secretStdin?: true;
  secretOnly?: true;
  json?: true;
}

export function clientCreate(): Command {
  return command({
    usage: 'create',
    description: 'Create a client; its secret is generated and shown once.',
    examples: {
      'A machine that acts for itself:':
        '$0 client create --name Reports --grant client_credentials --scope "read write"',
      'A web application that people sign in to:':
        '$0 client create --name Shop --redirect-uri https://shop.example/callback --grant authorization_code,refresh_token --scope "openid profile offline_access"',
      'An application in the browser or on a phone, which cannot keep a secret:':
        '$0 client create --name App --public --redirect-uri https://app.example/callback --scope "openid profile"',
      'An API that introspects tokens and does nothing else:':
        '$0 client create --id api --name "Example API" --resource-server',
      'Everything that registration knows (RFC 7591), from a JSON or YAML file:':
        '$0 client create --metadata client.json',
      'The secret alone, for a script:':
        'SECRET=$($0 client create --id job --grant client_credentials --scope read --secret-only | tail -n 1)',
    },
  })
    .option('--id <client_id>', 'its client_id (generated when absent)')
    .option('--name <name>', 'the name that people see')
    .option('--redirect-uri <uri>', 'where people are sent back to; may be repeated', repeated)
    .option(
      '--grant <type>',
      'grant type, e.g. authorization_code, client_credentials, refresh_token; may be repeated',
      list,
    )
    .option('--response-type <type>', 'response type (follows from the grant types when absent); may be repeated', list)
    .option('--scope <scope>', 'scope values that it may ask for, separated by spaces')
    .option('--default-scope <scope>', 'scope of a request that asks for none')
    .option(
      '--auth-method <method>',
      'how it authenticates: client_secret_basic (default), client_secret_post, client_secret_jwt, private_key_jwt, none',
    )
    .option('--jwks-uri <url>', 'where its public keys are, for private_key_jwt')
    .option('--public', 'it cannot keep a secret: the same as --auth-method none')
    .option('--resource-server', 'an API that only introspects: no grant types')
    .option('--skip-consent', 'a first-party client: nobody is asked for consent')
    .option(
      '--metadata <file>',
      'client metadata as JSON or YAML, - for standard input; the options above go before it',
    )
    .option('--secret-stdin', 'read the secret from standard input (at least 32 characters)')
    .option('--secret-only', 'print nothing but the secret')
    .action(create);
}

async function create(options: Options): Promise<void> {
  const input = { ...readMetadata(options), ...metadataOf(options) };
  const { newClientFromWire, createdClientToWire } = await import('../clients/client-wire.js');
  // All that can be wrong is known before a database is started for it.
  const client = newClientFromWire(input);
  if (options.secretOnly && ['none', 'private_key_jwt'].includes(client.metadata.token_endpoint_auth_method))
    throw new UsageError('--secret-only: this client has no secret.');
  await withServices(async ({ clients, knownNames, options: { issuer } }) => {
    for (const warning of knownNames.clientWarnings(client.metadata)) console.error(`Warning: ${warning}`);
    const created = await clients.create(client);
    if (options.secretOnly) print(created.clientSecret as string);
    else if (options.json) printJson(createdClientToWire(created));
    else print(inWords(created, issuer));
  });
}

function readMetadata({ metadata: file, secretStdin }: Options): object {
  if (file === undefined) return {};
  if (file === '-' && secretStdin) throw new UsageError('--metadata - and --secret-stdin both read standard input.');
  const faults: string[] = [];
  const document = readDocument(file === '-' ? 0 : file, faults);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) faults.push('must hold an object');
  if (faults.length > 0) throw new UsageError(`--metadata: the file ${faults[0]}.`);
  return document as object;
}

/** What the options say, in wire names. */
function metadataOf(options: Options): object {
  if (options.public && options.authMethod !== undefined && options.authMethod !== 'none')
    throw new UsageError('--public and --auth-method contradict each other.');
  if (options.resourceServer && options.grant)
    throw new UsageError('--resource-server and --grant contradict each other.');
  const members = {
    client_id: options.id,
    client_secret: options.secretStdin && readSecretLine('secret'),
    client_name: options.name,
    redirect_uris: options.redirectUri,
    grant_types: options.resourceServer ? [] : options.grant,
    response_types: options.responseType,
    scope: options.scope,
    default_scope: options.defaultScope,
    jwks_uri: options.jwksUri,
    token_endpoint_auth_method: options.public ? 'none' : options.authMethod,
    skip_consent: options.skipConsent,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function inWords({ client, clientSecret }: CreatedClient, issuer: string): string {
  const { metadata } = client;
  const lines = [
    `The client was created.${clientSecret === undefined ? '' : ' Its secret is shown this one time:'}`,
    '',
    details({
      client_id: client.id,
      client_secret: clientSecret,
      client_name: metadata.client_name,
      grant_types: metadata.grant_types,
      redirect_uris: metadata.redirect_uris,
      scope: metadata.scope,
      token_endpoint_auth_method: metadata.token_endpoint_auth_method,
    }),
  ];
  const canCurl = /^[\w.~-]+$/.test(client.id) && metadata.token_endpoint_auth_method === 'client_secret_basic';
  if (canCurl && clientSecret !== undefined && metadata.grant_types.includes('client_credentials')) {
    const url = `${issuer.replace(/\/$/, '')}/oauth/token`;
    lines.push(
      '',
      'Get a token:',
      '',
      `  curl -u "${client.id}:${clientSecret}" -d grant_type=client_credentials ${url}`,
    );
  }
  return lines.join('\n');
}
