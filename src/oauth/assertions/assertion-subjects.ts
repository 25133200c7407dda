// Which user an assertion is about.
// @see RFC 7521 §5.1, RFC 7523 §3 https://www.rfc-editor.org/rfc/rfc7521#section-5.1
import { Injectable } from '@nestjs/common';
import { canonicalEmail, canonicalUsername } from '../../users/canonical.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';

/** What of a user `sub` is. */
export const SUBJECT_KINDS = ['id', 'username', 'email'] as const;
/** `id`, `username` or `email`. */
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** Finds the user whom an assertion is about. */
@Injectable()
export class AssertionSubjects {
  constructor(private readonly users: UsersService) {}

  /** Also finds a disabled user. An e-mail address is that of who has proven it: anybody can write down another one's. */
  async find(kind: SubjectKind, subject: string): Promise<User | undefined> {
    if (kind === 'id') return this.users.find(subject);
    const user = await this.users.findByLogin(subject);
    if (!user) return undefined;
    // People may sign in with either: the name of one must not be taken for the address of another.
    const isNamed =
      kind === 'username'
        ? canonicalUsername(user.username) === canonicalUsername(subject)
        : user.emailVerified && user.email !== undefined && canonicalEmail(user.email) === canonicalEmail(subject);
    return isNamed ? user : undefined;
  }
}
