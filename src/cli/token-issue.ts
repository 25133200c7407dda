// Issues an access token with an administrator's rights, by the same code as the grants.
// @see RFC 6749 §4.4, RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc6749#section-4.4
import type { Command } from 'commander';
import type { Client } from '../clients/client.js';
import { Parameters } from '../common/parameters.js';
import type { TokenResponse } from '../oauth/grants/grant.js';
import { findAccount } from './account.js';
import { command, repeated } from './command.js';
import { Failure } from './failure.js';
import { details, print, printJson } from './output.js';
import type { Services } from './services.js';
import { withServices } from './with-services.js';

/** What is said of tokens that no request asked for. */
const GRANT_TYPE = 'cli';

interface Options {
  client: string;
  user?: string;
  scope?: string;
  resource?: string[];
  tokenOnly?: true;
  json?: true;
}

export function tokenIssue(): Command {
  return command({
    usage: 'issue',
    description: 'Issue an access token: to a client for itself, or for a user.',
    examples: {
      'To a client for itself:': '$0 token issue --client my-app --scope read',
      'For a user, to a client that is registered for the scope:':
        '$0 token issue --client web --user alice --scope "openid profile"',
      'For one API (RFC 8707):': '$0 token issue --client my-app --resource https://api.example.com',
      'The token alone, for a script:': 'TOKEN=$($0 token issue --client my-app --scope read --token-only | tail -n 1)',
    },
  })
    .requiredOption('--client <client_id>', 'the client that gets it')
    .option('--user <user>', 'the user (user name, e-mail address or id) for whom it acts')
    .option('--scope <scope>', 'scope values, separated by spaces (the default scope of the client when absent)')
    .option('--resource <uri>', 'the API that it is for; may be repeated', repeated)
    .option('--token-only', 'print nothing but the access token')
    .action(issue);
}

async function issue(options: Options): Promise<void> {
  const response = await withServices(async (services) => {
    const client = await services.clients.findFresh(options.client);
    if (!client) throw new Failure('There is no such client.');
    if (client.disabled) throw new Failure('The client is disabled.');
    return options.user === undefined
      ? issueToClient(services, client, parametersOf(options))
      : issueForUser(services, client, options.user, parametersOf(options));
  });
  if (options.tokenOnly) print(response.access_token);
  else if (options.json) printJson(response);
  else print(details(response));
}

function issueToClient({ grantTypes }: Services, client: Client, parameters: Parameters): Promise<TokenResponse> {
  const grant = grantTypes.find('client_credentials');
  if (!grant?.respond) throw new Failure('The grant type client_credentials is switched off.');
  return grant.respond({ client, parameters, request: { method: 'POST', headers: {} } as never });
}

async function issueForUser(
  services: Services,
  client: Client,
  login: string,
  parameters: Parameters,
): Promise<TokenResponse> {
  const { resolveScope } = await import('../oauth/checks/scope.js');
  const user = await findAccount(services, login);
  if (user.disabled) throw new Failure('The user is disabled.');
  const resources = await services.resources.read(client, parameters);
  return services.userTokens.issue({
    client,
    user,
    scope: resolveScope(client, parameters.get('scope'), resources),
    resources: resources.map(({ identifier }) => identifier),
    grantType: GRANT_TYPE,
    amr: [],
  });
}

function parametersOf({ scope = '', resource = [] }: Options): Parameters {
  return Parameters.from([['scope', scope], ...resource.map((uri) => ['resource', uri] as const)]);
}
