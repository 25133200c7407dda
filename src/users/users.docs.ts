// The documentation of the accounts for administrators: members, limits and examples beside what the controller says.
// @see OIDC Core §5.1 https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
import type { ApiDocs } from '../api/openapi/api-docs.js';
import {
  allNullable,
  boolean,
  integer,
  list,
  moment,
  nullable,
  object,
  type Properties,
  type Schema,
  text,
} from '../api/openapi/schema.js';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './password-hasher.js';
import type { AddressClaim, UserClaims } from './user-claims.js';
import type { UsersController } from './users.controller.js';

const claim = (description: string): Schema => text(description, { minLength: 1, maxLength: 1000 });
const url = (description: string): Schema => text(description, { format: 'uri', pattern: '^https?:', maxLength: 1000 });

const ADDRESS: Record<keyof AddressClaim, Schema> = {
  formatted: claim('The whole address, as on an envelope.'),
  street_address: claim('Street and number, with line breaks.'),
  locality: claim('City.'),
  region: claim('State, province or region.'),
  postal_code: claim('Postal code.'),
  country: claim('Country.'),
};

const CLAIMS: Record<Exclude<keyof UserClaims, 'updated_at'>, Schema> = {
  name: claim('Full name.'),
  given_name: claim('Given name.'),
  family_name: claim('Family name.'),
  middle_name: claim('Middle name.'),
  nickname: claim('Nickname.'),
  preferred_username: claim('What applications are told as the user name, where it is another one.'),
  profile: url('URL of a page about the person.'),
  picture: url('URL of a picture.'),
  website: url('URL of the person’s own pages.'),
  gender: claim('Gender.'),
  birthdate: text('Date of birth; the year may be 0000 or stand alone.', {
    pattern: '^\\d{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01]))?$',
  }),
  zoneinfo: text('Time zone, such as `Europe/Paris`.', { maxLength: 100 }),
  locale: text('Language tag, such as `en-GB`.'),
  phone_number: claim('Telephone number.'),
  phone_number_verified: boolean('Is it proven that the number is the person’s?'),
  address: object('Postal address.', ADDRESS),
};

const username = text(
  'What the person signs in with: 1 to 64 characters without `@`, compared without regard to case.',
  {
    minLength: 1,
    maxLength: 256,
    pattern: '^[^@]*$',
  },
);
const email = text('E-mail address; one account has it.', { maxLength: 254 });
const emailVerified = boolean('Is it proven that the address is the person’s?');
const roles = list(
  'Roles; `admin` administers this server.',
  { type: 'string', minLength: 1, maxLength: 64, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' },
  { maxItems: 50 },
);
const password = text(
  `${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters. Absent: nobody signs in by password.`,
  {
    minLength: MIN_PASSWORD_LENGTH,
  },
);
const updatedAt = integer('Takes the place of the moment of the last change, in seconds since 1970.', { minimum: 0 });

/** `null` removes what may be absent. */
const CHANGEABLE: Properties = {
  username,
  email: nullable(email),
  email_verified: emailVerified,
  roles,
  ...allNullable({ ...CLAIMS, updated_at: updatedAt }),
};

const EXAMPLE = { username: 'alice', email: 'alice@example.com', email_verified: true, name: 'Alice Example' };

export const USERS_DOCS: ApiDocs<UsersController> = {
  tag: 'Users',
  description: 'Accounts of people, with the standard claims of OpenID Connect.',
  parameters: {
    user_id: {
      description: 'Id of the user.',
      example: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
      schema: { format: 'uuid' },
    },
    identity_id: {
      description: 'Id of the identity.',
      example: '7b1c9a54-1f0e-4c2b-9a6d-2f1f4f1f9f10',
      schema: { format: 'uuid' },
    },
    search: { description: 'Only users with this in their user name or e-mail address.', example: 'ali' },
    password: {
      description: `The new password: ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters.`,
      example: 'correct horse battery staple',
      schema: { minLength: MIN_PASSWORD_LENGTH },
    },
  },
  schemas: {
    User: object(
      'An account. Claims that are not known are absent.',
      {
        id: text('Id of the user, the `sub` of tokens.', { format: 'uuid' }),
        username: text('User name as it was written.'),
        email: text('E-mail address.'),
        email_verified: emailVerified,
        roles: list('Roles; `admin` administers this server.', { type: 'string' }),
        disabled: boolean('Can nobody sign in with it?'),
        created_at: moment('When it was created.'),
        updated_at: moment('When it was last changed.'),
        ...CLAIMS,
      },
      {
        required: ['id', 'username', 'email_verified', 'roles', 'disabled', 'created_at', 'updated_at'],
        example: {
          id: '0199f3a2-6c5e-7d31-9a0e-0f6b1c2d3e4f',
          ...EXAMPLE,
          roles: [],
          disabled: false,
          created_at: 1790000000,
          updated_at: 1790000000,
        },
      },
    ),
    UserIdentity: object(
      'An account at an identity provider, with which the user signs in here.',
      {
        id: text('Id of the identity.', { format: 'uuid' }),
        provider: text('Name under which the provider is configured.'),
        issuer: text('Issuer of the provider.'),
        subject: text('Who the user is there: `sub`.'),
        email: text('E-mail address, as the provider last said.'),
        created_at: moment('When it was linked.'),
        last_used_at: moment('When the user last signed in with it.'),
      },
      {
        required: ['id', 'provider', 'issuer', 'subject', 'created_at', 'last_used_at'],
        example: {
          id: '7b1c9a54-1f0e-4c2b-9a6d-2f1f4f1f9f10',
          provider: 'google',
          issuer: 'https://accounts.google.com',
          subject: '110169484474386276334',
          email: 'alice@example.com',
          created_at: 1790000000,
          last_used_at: 1790000000,
        },
      },
    ),
    NewUser: object(
      'An account to be.',
      { ...CHANGEABLE, password },
      { required: ['username'], example: { ...EXAMPLE, password: 'correct horse battery staple' } },
    ),
    UserChanges: object('What is named is changed, `null` removes it; everything else stays.', CHANGEABLE, {
      example: { name: 'Alice E. Example', roles: ['admin'], nickname: null },
    }),
  },
  operations: {
    list: {
      summary: 'List users',
      description: 'By user name.',
      answer: { schema: 'User', isList: true, description: 'A page of the list.' },
    },
    create: {
      summary: 'Create a user',
      body: 'NewUser',
      answer: { schema: 'User', description: 'The user.' },
      refusals: { 409: 'The user name or the e-mail address is taken.' },
    },
    read: {
      summary: 'Read a user',
      answer: { schema: 'User', description: 'The user.' },
      refusals: { 404: 'There is no such user.' },
    },
    update: {
      summary: 'Change a user',
      description:
        'A JSON Merge Patch (RFC 7396). Who loses the role `admin` loses what only administrators may have, at once.',
      body: 'UserChanges',
      answer: { schema: 'User', description: 'The user after the change.' },
      refusals: { 404: 'There is no such user.', 409: 'The user name or the e-mail address is taken.' },
    },
    disable: {
      summary: 'Disable a user',
      description: 'Ends every session and grant of the user as well.',
      answer: { schema: 'User', description: 'The user.' },
      refusals: { 404: 'There is no such user.' },
    },
    enable: {
      summary: 'Enable a user',
      answer: { schema: 'User', description: 'The user.' },
      refusals: { 404: 'There is no such user.' },
    },
    setPassword: {
      summary: 'Set the password of a user',
      description: 'Ends every session and grant of the user as well.',
      refusals: { 404: 'There is no such user.' },
    },
    listIdentities: {
      summary: 'List the identities of a user',
      description: 'Accounts at identity providers, with which the user signs in here; the oldest first.',
      answer: { schema: 'UserIdentity', isList: true, description: 'The identities.' },
      refusals: { 404: 'There is no such user.' },
    },
    unlinkIdentity: {
      summary: 'Unlink an identity',
      description:
        'The user cannot sign in with it any more, also where that was the only way. Sessions that were begun with it end.',
      refusals: { 404: 'There is no such user, or identity.' },
    },
    delete: {
      summary: 'Delete a user',
      description: 'With every session and grant.',
      refusals: { 404: 'There is no such user.' },
    },
  },
};
