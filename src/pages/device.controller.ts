// The device page: the code that a device shows is entered here, and its user decides. It is always asked, whatever was allowed
// before and however the code came here: somebody else may have begun it (remote phishing).
// @see RFC 8628 §3.3, §5.4 https://www.rfc-editor.org/rfc/rfc8628#section-3.3
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { clientFace } from '../clients/client-face.js';
import type { HttpReply, HttpRequest } from '../common/http.js';
import { InvalidRequestError, OAuthError } from '../common/oauth-error.js';
import { ServerOptions } from '../config/options.js';
import { Page } from '../config/page.js';
import { isDeviceGrantOn, VERIFICATION_PATH } from '../oauth/device/device-grant-type.js';
import { DeviceVerification, type WaitingDevice } from '../oauth/device/device-verification.js';
import { signInLocation } from '../oauth/interactions/interaction-locations.js';
import { Catalogue } from '../tokens/catalogue.js';
import { parseUserCode } from '../tokens/user-code.js';
import { message } from './messages/catalogue.js';
import { PageResponder, type SignedInContext } from './page-responder.js';
import type { DeviceView } from './views/view-models.js';

/** A device that was found, sealed: in the address of the page that asks, and in its form. */
const SEALED = 'device';
/** What was decided, in the address of the page that says so. */
const DECIDED = 'decided';

@Page('device')
@Controller(VERIFICATION_PATH)
export class DeviceController {
  constructor(
    private readonly pages: PageResponder,
    private readonly devices: DeviceVerification,
    private readonly catalogue: Catalogue,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async show(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.open(request, reply);
    if (!context) return;
    const { query } = context;
    const sealed = query.get(SEALED);
    if (sealed !== undefined) return this.ask(context, sealed);
    const decided = query.get(DECIDED);
    if (decided !== undefined) return this.pages.render(context, 'device-decided', { allowed: decided === 'allow' });
    // verification_uri_complete (§3.3.1): the code is filled in, and still for people to compare.
    this.renderForm(context, { userCode: parseUserCode(query.get('user_code') ?? '') });
  }

  @Post()
  async submit(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const context = await this.open(request, reply);
    if (!context) return;
    const form = this.pages.form(context);
    const sealed = form.get(SEALED);
    if (sealed !== undefined) return this.decide(context, sealed, form.get('decision'));
    const userCode = form.get('user_code');
    if (userCode === undefined) return this.refuse(context, { user_code: message('device.error.codeMissing') });
    const found = await this.devices.find(userCode, context, request);
    if (!found) return this.refuse(context, { user_code: message('device.error.codeWrong') }, userCode);
    if ('retryAfter' in found) {
      const when = new Date(Date.now() + found.retryAfter * 1000);
      const headers = { 'retry-after': String(found.retryAfter) };
      const errors = { form: message('device.error.wait', { when }) };
      return this.renderForm(context, { userCode, errors }, { status: 429, headers });
    }
    this.pages.seeOther(context, `${VERIFICATION_PATH}?${SEALED}=${await this.devices.seal(found, context)}`);
  }

  private async open(request: HttpRequest, reply: HttpReply): Promise<SignedInContext | undefined> {
    if (!isDeviceGrantOn(this.options)) throw new OAuthError('not_found', 404, 'Devices cannot be connected here.');
    return this.pages.openSignedIn(request, reply);
  }

  private async decide(context: SignedInContext, sealed: string, decision: string | undefined): Promise<void> {
    const device = await this.devices.open(sealed, context);
    if (decision === 'allow') await this.devices.allow(device, context);
    else if (decision === 'deny') await this.devices.deny(device, context);
    else throw new InvalidRequestError('The form says neither allow nor deny.');
    this.pages.seeOther(context, `${VERIFICATION_PATH}?${DECIDED}=${decision}`);
  }

  private refuse(context: SignedInContext, errors: DeviceView['errors'], userCode?: string): void {
    this.renderForm(context, { userCode, errors }, { status: 400 });
  }

  private renderForm(
    context: SignedInContext,
    view: Pick<DeviceView, 'userCode' | 'errors'>,
    options: { status?: number; headers?: Record<string, string> } = {},
  ): void {
    const { csrfToken, user } = context;
    const page = { action: this.action, csrfToken, username: user.username, notYouUrl: this.notYouUrl(view.userCode) };
    this.pages.render(context, 'device', { ...page, ...view }, options);
  }

  private async ask(context: SignedInContext, sealed: string): Promise<void> {
    const device = await this.devices.open(sealed, context);
    const client = clientFace(device.client, context.language);
    this.pages.render(
      context,
      'device-confirm',
      {
        action: this.action,
        csrfToken: context.csrfToken,
        hidden: { [SEALED]: sealed },
        client,
        username: context.user.username,
        notYouUrl: this.notYouUrl(device.userCode),
        userCode: device.userCode,
        ...(await this.asked(device)),
      },
      { imgSources: [client.logoUri] },
    );
  }

  private async asked({ client, scope, resources }: WaitingDevice): Promise<{
    scopes: { name: string; description?: string }[];
    resources: { identifier: string; name?: string }[];
    selfRegistered: boolean;
  }> {
    return {
      scopes: await this.catalogue.describeGiven(scope),
      resources: resources.map(({ identifier, name }) => ({ identifier, name })),
      selfRegistered: client.ownerId !== null || client.selfRegistered,
    };
  }

  private get action(): string {
    return this.options.basePath + VERIFICATION_PATH;
  }

  /** To sign in as somebody else and come back with the code. */
  private notYouUrl(userCode: string | undefined): string {
    const code = parseUserCode(userCode ?? '');
    const next = code === undefined ? VERIFICATION_PATH : `${VERIFICATION_PATH}?user_code=${code}`;
    return signInLocation(this.options, next, { switch: '1' });
  }
}
