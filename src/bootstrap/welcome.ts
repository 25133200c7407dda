// What the first start tells a newcomer: where the server is, how to sign in, and the next two commands.
import { commandLine } from '../config/command-line.js';
import type { BootstrapNews } from './bootstrap.service.js';

/** @param url absolute URL of a path of the server */
export function welcome({ administrator }: BootstrapNews, url: (path: string) => string): string {
  const signIn = administrator
    ? `    Sign in        ${url('/sign-in')}
    User name      ${administrator.username}
    Password       ${administrator.password}
                   Shown this one time. Change it at ${url('/account')}.`
    : `    Sign in        ${url('/sign-in')}
                   as one of the users of the bootstrap file.`;
  return `
  The authorization server is ready.

    Server         ${url('/')}
${signIn}

  Next, in another terminal with the same environment variables:

    1. Make a client; it keeps the secret, which is shown once, in a variable.
       CLIENT_SECRET=$(${commandLine()} client create --id my-app --grant client_credentials --scope read --secret-only | tail -n 1)

    2. Get a token with it.
       curl -u "my-app:$CLIENT_SECRET" -d grant_type=client_credentials ${url('/oauth/token')}

`;
}

/** The secret of a client that the bootstrap file names without one. */
export function generatedSecret({ clientId, clientSecret }: BootstrapNews['clientSecrets'][number]): string {
  return `  Client ${clientId} has the secret ${clientSecret} (generated; shown this one time).\n`;
}
