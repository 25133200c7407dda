// The metadata document at the well-known path of OpenID Connect.
// @see OIDC Discovery §4 https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
import { Endpoint } from './endpoint.js';
import { MetadataController } from './metadata.controller.js';

@Endpoint({ name: 'openid_configuration', path: '/.well-known/openid-configuration', methods: ['GET'], cors: 'anyone' })
export class OpenIdConfigurationController extends MetadataController {}
