// Clients of the host application, by its option `queryClient`: asked for, and checked like those registered here.
import { Injectable } from '@nestjs/common';
import { hashSecret } from '../common/credential.js';
import { InputError, type InputFault } from '../common/input-error.js';
import { type HostClient, ServerOptions } from '../config/options.js';
import { Client, type StoredSecret } from './client.js';
import { ClientMetadataError, type ClientMetadata, parseClientMetadata, signsWithSecret } from './client-metadata.js';
import { ClientRules } from './client-rules.js';
import { clientIdFault, clientSecretFault, needsSecret } from './client-secret.js';
import { SealedSecrets } from './sealed-secrets.js';

const SHA256 = /^[0-9a-f]{64}$/i;

@Injectable()
export class HostClients {
  constructor(
    private readonly options: ServerOptions,
    private readonly rules: ClientRules,
    private readonly sealedSecrets: SealedSecrets,
  ) {}

  /** Has the host clients of its own? */
  get present(): boolean {
    return this.options.queryClient !== undefined;
  }

  /** @throws Error naming each member of the answer that cannot be like this, never its value */
  async find(clientId: string): Promise<Client | undefined> {
    if (!this.options.queryClient || clientIdFault(clientId) !== undefined) return undefined;
    const answer = await this.options.queryClient(clientId);
    if (answer === undefined || answer === null) return undefined;
    try {
      return await this.read(clientId, answer);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const said = error.faults.map(({ member, problem }) => `${member} ${problem}`).join('; ');
      throw new Error(`The answer of queryClient for '${clientId}' cannot be used: ${said}.`, { cause: error });
    }
  }

  /** May pages of this origin call the endpoints that browsers use? */
  async isBrowserOrigin(origin: string): Promise<boolean> {
    return (await this.options.queryBrowserOrigin?.(origin)) === true;
  }

  private async read(clientId: string, answer: HostClient): Promise<Client> {
    const metadata = parseClientMetadata(answer, 'administrator');
    this.rules.check(metadata);
    const faults: InputFault[] = [];
    if (answer.client_id !== undefined && answer.client_id !== clientId)
      faults.push({ member: 'client_id', problem: 'must be the one that was asked for' });
    if (answer.disabled !== undefined && answer.disabled !== null && typeof answer.disabled !== 'boolean')
      faults.push({ member: 'disabled', problem: 'must be true or false' });
    faults.push(...secretFaults(answer, metadata));
    if (faults.length > 0) throw new ClientMetadataError(faults);
    const secrets = await this.secretsOf(clientId, answer, metadata);
    return new Client(clientId, metadata, secrets, null, answer.disabled === true, new Date(0), false, true);
  }

  private async secretsOf(clientId: string, answer: HostClient, metadata: ClientMetadata): Promise<StoredSecret[]> {
    const { client_secret: secret, client_secret_sha256: sha256 } = answer;
    const kept = { id: clientId, createdAt: new Date(0), expiresAt: null };
    if (typeof secret === 'string') {
      const sealed = (await this.sealedSecrets.seal(clientId, metadata, secret)) ?? null;
      return [{ ...kept, hash: hashSecret(secret), sealed }];
    }
    return typeof sha256 === 'string' ? [{ ...kept, hash: Buffer.from(sha256, 'hex'), sealed: null }] : [];
  }
}

function secretFaults(
  { client_secret: secret, client_secret_sha256: sha256 }: HostClient,
  metadata: ClientMetadata,
): InputFault[] {
  const [clear, hashed] = [secret ?? undefined, sha256 ?? undefined];
  if (clear !== undefined) {
    const problem = clientSecretFault(clear);
    return problem === undefined ? [] : [{ member: 'client_secret', problem }];
  }
  if (!needsSecret(metadata)) return [];
  if (signsWithSecret(metadata))
    return [{ member: 'client_secret', problem: 'must be given: the client signs with it' }];
  if (hashed === undefined) return [{ member: 'client_secret', problem: 'or client_secret_sha256 must be given' }];
  return SHA256.test(hashed) ? [] : [{ member: 'client_secret_sha256', problem: 'must be 64 hexadecimal digits' }];
}
