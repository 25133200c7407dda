// The verifiers of an application under test: its own, and for JWTs of its issuers the key pair of this process.
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { JwkSet } from '../common/jwk-set.js';
import { type CheckedOptions, RESOURCE_SERVER_OPTIONS } from '../resource-server/checked-options.js';
import type { AccessToken } from '../resource-server/token-verifier.js';
import { TokenVerifiers } from '../resource-server/token-verifiers.js';
import { readJwt } from '../resource-server/verifiers/compact-jwt.js';
import { GivenKeys } from '../resource-server/verifiers/issuer-keys.js';
import { JwtVerifier } from '../resource-server/verifiers/jwt-verifier.js';
import { TEST_ALGORITHM, TEST_ISSUER, testJwks } from './test-key.js';

@Injectable()
export class TestTokenVerifiers extends TokenVerifiers {
  private readonly tests: ReadonlyMap<string, JwtVerifier>;

  constructor(discovery: DiscoveryService, @Inject(RESOURCE_SERVER_OPTIONS) options: CheckedOptions) {
    super(discovery, options);
    const keys = new GivenKeys(JwkSet.from(testJwks()) as JwkSet);
    const issuers = [TEST_ISSUER, ...options.issuers.map(({ issuer }) => issuer)];
    this.tests = new Map(
      issuers.map((issuer) => {
        const audiences = [...options.audiences, issuer];
        const settings = { issuer, audiences, algorithms: [TEST_ALGORITHM], clockTolerance: 0, maxEntries: 0 };
        return [issuer, new JwtVerifier(settings, keys)];
      }),
    );
  }

  override async verify(token: string): Promise<AccessToken | undefined> {
    const jwt = readJwt(token);
    const test = jwt && this.tests.get(String(jwt.payload.iss));
    if (!test) return super.verify(token);
    const verified = await test.verify(token, jwt);
    return verified && { ...verified, audience: verified.audience.filter((one) => one !== verified.issuer) };
  }
}
