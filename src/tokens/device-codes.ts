// Device codes and their user codes: given out, polled, decided on by a user, redeemed once.
// @see RFC 8628 §3 https://www.rfc-editor.org/rfc/rfc8628#section-3
import { Injectable } from '@nestjs/common';
import { credentialKey, generateCredential } from '../common/credential.js';
import { Sealer } from '../common/sealer.js';
import type { Transaction } from '../database/database.js';
import {
  type DeviceCodeDraft,
  DeviceCodesRepository,
  type DevicePoll,
  type PendingDevice,
} from './device-codes.repository.js';
import type { AccessTokenDraft, Narrowing, RefreshTokenDraft } from './issuance.js';
import { generateUserCode } from './user-code.js';

export type { DevicePoll } from './device-codes.repository.js';

const PURPOSE = 'user-code';

/** What a device asks for, and how long it may wait for it. */
export type DeviceRequest = Omit<DeviceCodeDraft, 'key' | 'userCodeKey'>;

/** Device codes and their user codes (RFC 8628 §3): given out, polled, decided on by a user, redeemed once. */
@Injectable()
export class DeviceCodes {
  constructor(
    private readonly repository: DeviceCodesRepository,
    private readonly sealer: Sealer,
  ) {}

  /** Gives out a device code and a user code that no other device has. */
  async issue(request: DeviceRequest): Promise<{ deviceCode: string; userCode: string }> {
    for (;;) {
      const deviceCode = generateCredential();
      const userCode = generateUserCode();
      const [userCodeKey] = this.keysOf(userCode);
      if (await this.repository.insert({ ...request, key: credentialKey(deviceCode), userCodeKey }))
        return { deviceCode, userCode };
    }
  }

  /**
   * Says how far the user is; when the user has allowed it, the code is consumed and the tokens are issued: to one of any number
   * of concurrent polls. It is one statement, whatever comes of it.
   * @param accessToken absent: nothing is issued now
   */
  poll(
    deviceCode: string,
    clientId: string,
    narrowing: Narrowing,
    accessToken?: AccessTokenDraft,
    refreshToken?: RefreshTokenDraft,
  ): Promise<DevicePoll> {
    return this.repository.poll(credentialKey(deviceCode), clientId, narrowing, accessToken, refreshToken);
  }

  /** Who allowed what, without consuming the code: for generators of token text; undefined before somebody has. */
  peek(deviceCode: string, clientId: string): Promise<{ userId: string; scope: string[] } | undefined> {
    return this.repository.peek(credentialKey(deviceCode), clientId);
  }

  /** @returns undefined when there is no such code, it has expired or was decided on */
  findPending(userCode: string): Promise<PendingDevice | undefined> {
    return this.repository.findPending(this.keysOf(userCode));
  }

  /** @returns false when it was decided on before, or has expired */
  allow(tx: Transaction, key: Buffer, grantId: string): Promise<boolean> {
    return this.repository.allow(tx, key, grantId);
  }

  /** @returns false when it was decided on before, or has expired */
  deny(key: Buffer): Promise<boolean> {
    return this.repository.deny(key);
  }

  /** What the user code is stored under, by each of the server's keys: the present one's first. */
  private keysOf(userCode: string): [Buffer, ...Buffer[]] {
    return this.sealer.signAll(PURPOSE, userCode) as [Buffer, ...Buffer[]];
  }
}
