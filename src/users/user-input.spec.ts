import { mergeUserClaims } from './user-claims.js';
import { checkNewUser, checkUserChanges, type NewUser, userFromWire, type UserRights } from './user-input.js';
import { type UserFault, UserInputError } from './user-input-error.js';

function faultsOf(input: object, rights: UserRights = 'administrator'): UserFault[] {
  try {
    checkNewUser(userFromWire({ username: 'alice', ...input }) as NewUser, rights);
    return [];
  } catch (error) {
    if (!(error instanceof UserInputError)) throw error;
    return [...error.faults];
  }
}
const membersOf = (input: object, rights?: UserRights): string[] => faultsOf(input, rights).map(({ member }) => member);

describe('checkNewUser', () => {
  it('accepts every standard claim of OIDC Core §5.1', () => {
    const claims = {
      name: 'Alice Example',
      given_name: 'Alice',
      family_name: 'Example',
      middle_name: 'B.',
      nickname: 'Al',
      preferred_username: 'alice',
      profile: 'https://example.com/alice',
      picture: 'https://example.com/alice.png',
      website: 'http://alice.example',
      email: 'alice@example.com',
      email_verified: true,
      gender: 'female',
      birthdate: '0000-10-31',
      zoneinfo: 'America/Argentina/Buenos_Aires',
      locale: 'en-US',
      phone_number: '+1 (425) 555-1212',
      phone_number_verified: true,
      address: { street_address: '1 Main St\nFloor 2', locality: 'Town', postal_code: '12345', country: 'US' },
      updated_at: 1_700_000_000,
      roles: ['admin'],
      password: 'alice-password-1',
    };
    expect(faultsOf(claims)).toEqual([]);
  });

  it('names every fault at once', () => {
    const input = {
      username: '',
      password: 'short',
      email: 'nobody',
      email_verified: 'yes',
      roles: 'admin',
      name: 5,
      picture: 'javascript:alert(1)',
      birthdate: '31.12.1990',
      zoneinfo: '../etc',
      locale: 'English!',
      phone_number_verified: 'yes',
      updated_at: '2020',
      address: { city: 'Town', country: 7 },
      favourite_colour: 'blue',
    };
    expect(membersOf(input).sort()).toEqual(
      [
        'username',
        'password',
        'email',
        'email_verified',
        'roles',
        'name',
        'picture',
        'birthdate',
        'zoneinfo',
        'locale',
        'phone_number_verified',
        'updated_at',
        'address.city',
        'address.country',
        'favourite_colour',
      ].sort(),
    );
  });

  it.each(['sub', 'iss', 'acr', 'constructor', '__proto__', 'toString', 'disabled', 'id', 'password_hash'])(
    'refuses %p, which is no claim that can be set',
    (member) => {
      expect(membersOf(JSON.parse(`{"${member}":"x"}`) as object)).toEqual([member]);
    },
  );

  it('refuses values that PostgreSQL cannot hold', () => {
    expect(membersOf({ name: 'a\0b', nickname: '\ud800', username: 'a\0b', email: 'a\0@example.com' }).sort()).toEqual([
      'email',
      'name',
      'nickname',
      'username',
    ]);
  });

  it('refuses types that JSON brings', () => {
    expect(membersOf({ username: 5, password: ['x'], email: {}, roles: [1], address: [] }).sort()).toEqual([
      'address',
      'email',
      'password',
      'roles',
      'username',
    ]);
  });

  it('lets nobody give themselves roles or proofs', () => {
    const input = {
      email: 'alice@example.com',
      email_verified: true,
      roles: ['admin'],
      phone_number_verified: true,
      preferred_username: 'root',
      updated_at: 1,
    };
    expect(membersOf(input, 'self-service').sort()).toEqual(
      ['email_verified', 'phone_number_verified', 'preferred_username', 'roles', 'updated_at'].sort(),
    );
    expect(
      membersOf({ email: 'alice@example.com', name: 'Alice', password: 'alice-password' }, 'self-service'),
    ).toEqual([]);
  });

  it('wants a user name', () => {
    expect(() => checkNewUser({} as NewUser, 'administrator')).toThrow(UserInputError);
    expect(() => checkUserChanges({}, 'administrator')).not.toThrow();
  });
});

describe('mergeUserClaims', () => {
  it('replaces what is named, removes null, keeps the rest', () => {
    expect(mergeUserClaims({ name: 'A', nickname: 'B' }, { name: 'C', nickname: null, locale: undefined })).toEqual({
      name: 'C',
    });
  });
});
