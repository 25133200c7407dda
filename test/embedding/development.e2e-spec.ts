// An application that is started with nothing but a directory for its data.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthorizationServerModule } from 'nest-authorization-server';
import { closeApplication, onClose } from '../support/cleanup.js';
import { bootstrap, CLIENTS } from '../support/fixtures.js';
import { clientCredentials, introspect } from '../support/flow.js';
import { startHost } from './host.js';

it('brings its own PostgreSQL and its own secrets, which are there at the next start', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nas-host-'));
  onClose(() => rmSync(dataDir, { recursive: true, force: true }));
  const module = (issuer: string) =>
    AuthorizationServerModule.forRoot({ issuer, database: { embedded: { dataDir } }, bootstrap: bootstrap() });
  const first = await startHost({ platform: 'fastify', module });
  const { access_token } = await clientCredentials(first, CLIENTS.machine);
  await closeApplication(first.app);
  const second = await startHost({ platform: 'express', module });
  expect(await introspect(second, access_token)).toMatchObject({ active: true, client_id: 'machine' });
  await closeApplication(second.app);
});
