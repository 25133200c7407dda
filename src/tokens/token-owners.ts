// Whether those to whom something was issued are still there. Of our own users and clients everything ends with them; those
// of the host application can be gone without our knowledge, and are asked about with every use.
import { Injectable } from '@nestjs/common';

/** Users or clients, from a module above. */
export interface OwnerSource {
  /** Are they the host's, without rows here? */
  readonly elsewhere: boolean;
  /** Is there such a one, and not disabled? */
  isActive(id: string): Promise<boolean>;
}

/** Asked before something issued is used again: are its user and its client still there? */
@Injectable()
export class TokenOwners {
  private users?: OwnerSource;
  private clients?: OwnerSource;

  /** Says who knows about users and clients. */
  use(sources: { users: OwnerSource; clients: OwnerSource }): void {
    this.users = sources.users;
    this.clients = sources.clients;
  }

  get usersElsewhere(): boolean {
    return this.users?.elsewhere === true;
  }

  get clientsElsewhere(): boolean {
    return this.clients?.elsewhere === true;
  }

  /** May what was issued to them still be used? */
  async areActive({ userId, clientId }: { userId: string | null; clientId: string }): Promise<boolean> {
    if (this.users?.elsewhere && userId !== null && !(await this.users.isActive(userId))) return false;
    return !this.clients?.elsewhere || this.clients.isActive(clientId);
  }
}
