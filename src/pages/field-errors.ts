// What is wrong with an account or a client, beside the field that it belongs to, in the order of the form.
import type { ClientMetadataError } from '../clients/client-metadata.js';
import type { UserInputError } from '../users/user-input-error.js';
import { message, type Text } from './messages/catalogue.js';
import type { ClientField, FieldErrors } from './views/view-models.js';

/** How sentences about a field begin; `one` about an entry of a list. */
const CLIENT_FIELDS: Readonly<Record<ClientField, { subject: string; one?: string }>> = {
  client_name: { subject: 'The name' },
  client_uri: { subject: 'The website' },
  redirect_uris: { subject: 'The list of redirect URIs' },
  scope: { subject: 'The scope' },
  grant_types: { subject: 'The list of grant types', one: 'A grant type' },
  response_types: { subject: 'The list of response types', one: 'A response type' },
  token_endpoint_auth_method: { subject: 'The client authentication' },
  jwks_uri: { subject: 'The address of the public keys' },
};

/** Fields of the forms about accounts, from top to bottom. */
const USER_FIELDS: Readonly<Record<string, string>> = {
  username: 'The username',
  email: 'The e-mail address',
  password: 'The password',
  current_password: 'The current password',
  new_password: 'The new password',
};
/** What people are told in their language; others give faults of fields that no form of theirs has. */
const USER_MESSAGES: Readonly<Record<string, Text>> = {
  'username is already taken': message('signUp.error.usernameTaken'),
  'username must not be empty': message('signUp.error.usernameMissing'),
  'username must have at most 64 characters': message('signUp.error.usernameLong'),
  'username must not contain @': message('signUp.error.usernameAt'),
  'username has characters that cannot be seen': message('signUp.error.usernameInvisible'),
  'username must not have other spaces than single ones between words': message('signUp.error.usernameSpaces'),
  'username must not begin with an accent': message('signUp.error.usernameAccent'),
  'email must be an e-mail address': message('signUp.error.emailInvalid'),
  'email must have at most 254 characters': message('signUp.error.emailLong'),
  'current_password is not your password': message('account.error.currentPassword'),
  ...passwordMessages('password'),
  ...passwordMessages('new_password'),
};

function passwordMessages(field: string): Record<string, Text> {
  return {
    [`${field} must have 8 to 128 characters`]: message('password.error.length'),
    [`${field} has characters that are not allowed`]: message('password.error.characters'),
  };
}

export function userFieldErrors<F extends string>({ faults }: UserInputError): FieldErrors<F> {
  const errors: Record<string, Text> = {};
  for (const [field, subject] of Object.entries(USER_FIELDS)) {
    const fault = faults.find(({ member }) => member === field);
    if (fault) errors[field] = USER_MESSAGES[`${field} ${fault.problem}`] ?? `${subject} ${fault.problem}.`;
  }
  const other = faults.find(({ member }) => !(member in USER_FIELDS));
  if (other) errors.form = `${other.member} ${other.problem}.`;
  return errors as FieldErrors<F>;
}

/** Faults of members that are not on the form go to its top. */
export function clientFieldErrors({ faults }: ClientMetadataError): FieldErrors<ClientField> {
  const errors: FieldErrors<ClientField> = {};
  const fieldOf = (member: string): string => member.replace(/\[\d+\]$/, '');
  for (const [field, { subject, one }] of Object.entries(CLIENT_FIELDS)) {
    const fault = faults.find(({ member }) => fieldOf(member) === field);
    if (!fault) continue;
    const index = /\[(\d+)\]$/.exec(fault.member)?.[1];
    const about = index === undefined ? subject : (one ?? `Redirect URI ${Number(index) + 1}`);
    errors[field as ClientField] = `${about} ${fault.problem}.`;
  }
  const other = faults.find(({ member }) => !(fieldOf(member) in CLIENT_FIELDS));
  if (other) errors.form = `${other.member} ${other.problem}.`;
  return errors;
}
