// Own clients: created, changed, given a new secret, deleted by the person who made them.
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Client } from '../clients/client.js';
import { type ClientMetadata, ClientMetadataError, parseClientMetadata } from '../clients/client-metadata.js';
import { needsSecret } from '../clients/client-secret.js';
import { ClientsService } from '../clients/clients.service.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { AccessDeniedError, InvalidRequestError, OAuthError } from '../common/oauth-error.js';
import type { Parameters } from '../common/parameters.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import { UsersService } from '../users/users.service.js';
import { ClientFormReader } from './client-form.js';
import { mayCreateClients } from './client-creation.js';
import { clientFieldErrors } from './field-errors.js';
import { message } from './messages/catalogue.js';
import { PageResponder, type SignedInContext } from './page-responder.js';
import type { ClientField, ClientFormView, FieldErrors } from './views/view-models.js';

/** Seconds that a replaced secret may go on working. */
const OVERLAPS = [0, 3600, 86_400, 7 * 86_400];
const DEFAULT_OVERLAP = 86_400;

@Page('clients')
@Controller('clients')
export class ClientsController {
  constructor(
    private readonly pages: PageResponder,
    private readonly clients: ClientsService,
    private readonly users: UsersService,
    private readonly formReader: ClientFormReader,
    private readonly options: ServerOptions,
  ) {}

  @Get('new')
  async showNew(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.openCreation(request, reply);
    if (!context) return;
    await this.renderNew(context, this.formReader.empty());
  }

  @Post('new')
  async create(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.openCreation(request, reply);
    if (!context) return;
    const form = this.pages.form(context);
    const metadata = await this.parse(form, {});
    if ('errors' in metadata) return this.renderNew(context, this.formReader.sent(form), metadata.errors);
    const { client, clientSecret } = await this.clients.create({ metadata, ownerId: context.user.id }, async (tx) => {
      // A client of somebody who is being deleted would outlive them.
      if (!(await this.users.hold(tx, context.user))) throw new AccessDeniedError('The account has changed.');
    });
    this.pages.render(context, 'client-created', {
      ...this.pages.signedInView(context),
      client: { clientId: client.id, name: client.name },
      secret: clientSecret,
      issuer: this.options.issuer,
    });
  }

  @Get(':client_id')
  async show(@Param('client_id') id: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const own = await this.openOwn(id, request, reply);
    if (own) await this.renderClient(own.context, own.client, this.formReader.registered(own.client.metadata));
  }

  @Post(':client_id')
  async update(@Param('client_id') id: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const own = await this.openOwn(id, request, reply);
    if (!own) return;
    const form = this.pages.form(own.context);
    const metadata = await this.parse(form, own.client.metadata);
    if ('errors' in metadata)
      return this.renderClient(own.context, own.client, this.formReader.sent(form), metadata.errors);
    await this.clients.update(own.client.id, metadata);
    this.pages.seeOther(own.context, `${pathOf(own.client)}?notice=clientSaved`);
  }

  @Post(':client_id/secrets')
  async rotateSecret(
    @Param('client_id') id: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const own = await this.openOwn(id, request, reply);
    if (!own) return;
    const { context, client } = own;
    const overlap = Number(this.pages.form(context).get('overlap') ?? DEFAULT_OVERLAP);
    if (!OVERLAPS.includes(overlap)) throw new InvalidRequestError('The overlap is not one of those offered.');
    if (!needsSecret(client.metadata)) throw new InvalidRequestError('The client does not authenticate with a secret.');
    const secret = await this.clients.rotateSecret(client.id, overlap);
    this.pages.render(context, 'client-created', {
      ...this.pages.signedInView(context),
      client: { clientId: client.id, name: client.name },
      secret,
      issuer: this.options.issuer,
      rotated: { until: overlap === 0 ? undefined : new Date(Date.now() + overlap * 1000) },
    });
  }

  @Get(':client_id/delete')
  async confirmDeletion(
    @Param('client_id') id: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const own = await this.openOwn(id, request, reply);
    if (!own) return;
    const { context, client } = own;
    this.pages.render(context, 'client-delete', {
      ...this.pages.signedInView(context),
      csrfToken: context.csrfToken,
      client: { clientId: client.id, name: client.name },
    });
  }

  @Post(':client_id/delete')
  async delete(@Param('client_id') id: string, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const own = await this.openOwn(id, request, reply);
    if (!own) return;
    this.pages.form(own.context);
    await this.clients.delete(own.client.id);
    this.pages.seeOther(own.context, '/?notice=clientDeleted');
  }

  private async openCreation(request: HttpRequest, reply: HttpReply): Promise<SignedInContext | undefined> {
    const context = await this.pages.openSignedIn(request, reply);
    if (context && !mayCreateClients(context.user, this.options))
      throw new AccessDeniedError('Clients are created by administrators.');
    return context;
  }

  /** Somebody else's client looks like none. */
  private async openOwn(
    id: string,
    request: HttpRequest,
    reply: HttpReply,
  ): Promise<{ context: SignedInContext; client: Client } | undefined> {
    const context = await this.pages.openSignedIn(request, reply);
    if (!context) return undefined;
    const client = await this.clients.findFresh(id);
    if (!client || client.ownerId !== context.user.id)
      throw new OAuthError('not_found', 404, 'There is no such client.');
    return { context, client };
  }

  /** What is not on the form stays as it is. */
  private async parse(
    form: Parameters,
    present: Partial<ClientMetadata>,
  ): Promise<ClientMetadata | { errors: FieldErrors<ClientField> }> {
    const input = this.formReader.read(form);
    if (input.client_name === undefined) return { errors: { client_name: message('clientForm.error.nameMissing') } };
    try {
      const metadata = parseClientMetadata({ ...present, ...input }, 'self-service', present);
      await this.formReader.check(metadata, present);
      return metadata;
    } catch (error) {
      if (!(error instanceof ClientMetadataError)) throw error;
      return { errors: clientFieldErrors(error) };
    }
  }

  private async renderNew(
    context: SignedInContext,
    fields: FormFields,
    errors?: FieldErrors<ClientField>,
  ): Promise<void> {
    const view = await this.formView(context, fields, errors);
    this.pages.render(
      context,
      'client-new',
      { ...this.pages.signedInView(context), ...view },
      { status: errors ? 400 : 200 },
    );
  }

  private async renderClient(
    context: SignedInContext,
    client: Client,
    fields: FormFields,
    errors?: FieldErrors<ClientField>,
  ): Promise<void> {
    this.pages.render(
      context,
      'client',
      {
        ...this.pages.signedInView(context),
        ...(await this.formView(context, fields, errors)),
        client: {
          clientId: client.id,
          name: client.name,
          createdAt: client.createdAt,
          logoUri: client.metadata.logo_uri,
        },
        issuer: this.options.issuer,
        secrets: client.usableSecrets.map(({ createdAt, expiresAt }) => ({
          createdAt,
          expiresAt: expiresAt ?? undefined,
        })),
        usesSecret: needsSecret(client.metadata),
        overlaps: OVERLAPS.map((seconds) => ({ seconds, selected: seconds === DEFAULT_OVERLAP })),
      },
      { status: errors ? 400 : 200, imgSources: [client.metadata.logo_uri] },
    );
  }

  private async formView(
    { csrfToken }: SignedInContext,
    fields: FormFields,
    errors?: FieldErrors<ClientField>,
  ): Promise<ClientFormView> {
    return { csrfToken, errors, ...fields, availableScopes: await this.formReader.availableScopes() };
  }
}

type FormFields = Pick<ClientFormView, 'values' | 'grantTypes' | 'responseTypes' | 'authMethods'>;

function pathOf(client: Client): string {
  return `/clients/${encodeURIComponent(client.id)}`;
}
