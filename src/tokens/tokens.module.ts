// Everything that is issued: grants, codes, tokens, keys.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CatalogueRepository } from './catalogue.repository.js';
import { CleanUp } from '../database/clean-up.js';
import { Catalogue } from './catalogue.js';
import { ConsentsRepository } from './consents.repository.js';
import { DeviceCodes } from './device-codes.js';
import { DeviceCodesRepository } from './device-codes.repository.js';
import { JwtFormat } from './formats/jwt.format.js';
import { OpaqueFormat } from './formats/opaque.format.js';
import { GrantsService } from './grants.service.js';
import { IssuanceRepository } from './issuance.repository.js';
import { KeyRing } from './keys/key-ring.js';
import { KeyRotation } from './keys/key-rotation.js';
import { KeyStore } from './keys/key-store.js';
import { KeysRepository } from './keys/keys.repository.js';
import { LocalTokenVerifier } from './local-token-verifier.js';
import { TokenFormats } from './token-formats.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenOwners } from './token-owners.js';
import { TokensRepository } from './tokens.repository.js';

@Module({
  imports: [DiscoveryModule],
  providers: [
    Catalogue,
    CatalogueRepository,
    ConsentsRepository,
    DeviceCodes,
    DeviceCodesRepository,
    GrantsService,
    IssuanceRepository,
    JwtFormat,
    KeyRing,
    KeyRotation,
    KeysRepository,
    KeyStore,
    LocalTokenVerifier,
    OpaqueFormat,
    TokenFormats,
    TokenIssuer,
    TokenOwners,
    TokensRepository,
  ],
  exports: [
    Catalogue,
    DeviceCodes,
    GrantsService,
    KeyStore,
    LocalTokenVerifier,
    TokenFormats,
    TokenIssuer,
    TokenOwners,
  ],
})
export class TokensModule {
  constructor(cleanUp: CleanUp, tokens: TokensRepository, keys: KeysRepository) {
    cleanUp.register('tokens', (limit) => tokens.removeExpired(limit));
    cleanUp.register('keys', (limit) => keys.removeExpired(limit));
  }
}
