// What the host's store may answer, and what is said of the rest.
import { userFromStore } from './store-user.js';

const ADA = { id: '42', username: 'ada' };
const problemOf = (answer: unknown): string => {
  try {
    userFromStore(answer, 'find');
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

it('takes what there is, and nothing for what there is not', () => {
  const user = userFromStore({ ...ADA, email: null, roles: null, updatedAt: null, name: null, secret: 'x' }, 'find');
  expect(user).toMatchObject({
    id: '42',
    username: 'ada',
    emailVerified: false,
    roles: [],
    claims: {},
    disabled: false,
  });
  expect([user?.email, user?.createdAt, user?.updatedAt]).toEqual([undefined, undefined, undefined]);
});

it('takes standard claims beside the members, also those that a class computes', () => {
  class Person {
    readonly id = '7';
    readonly username = 'grace';
    readonly updatedAt = new Date(1000);
    get name(): string {
      return 'Grace Hopper';
    }
  }
  const user = userFromStore(new Person(), 'find');
  expect(user?.claims).toEqual({ name: 'Grace Hopper' });
  expect(user?.updatedAt).toEqual(new Date(1000));
});

it.each([undefined, null])('%s is nobody', (answer) => {
  expect(userFromStore(answer, 'find')).toBeUndefined();
});

it('an address is proven only when there is one', () => {
  expect(userFromStore({ ...ADA, emailVerified: true }, 'find')?.emailVerified).toBe(false);
  expect(userFromStore({ ...ADA, email: 'a@b.example', emailVerified: true }, 'find')?.emailVerified).toBe(true);
});

it.each([
  [{ ...ADA, id: 42 }, 'id must be a text of 1 to 255 characters'],
  [{ ...ADA, id: '' }, 'id must be'],
  [{ ...ADA, id: 'x'.repeat(256) }, 'id must be'],
  [{ ...ADA, id: 'a\0b' }, 'id must be'],
  [{ id: '42' }, 'username must be'],
  [{ ...ADA, email: 'nowhere' }, 'email must be an e-mail address'],
  [{ ...ADA, emailVerified: 1 }, 'emailVerified must be true or false'],
  [{ ...ADA, roles: 'admin' }, 'roles must be a list of texts'],
  [{ ...ADA, roles: [1] }, 'roles must be a list of texts'],
  [{ ...ADA, disabled: 'no' }, 'disabled must be true or false'],
  [{ ...ADA, updatedAt: 'yesterday' }, 'updatedAt must be a Date'],
  [{ ...ADA, updatedAt: new Date('x') }, 'updatedAt must be a Date'],
  [{ ...ADA, birthdate: 'long ago' }, 'birthdate must be a date'],
  [{ ...ADA, address: 'here' }, 'address must be an object'],
  ['ada', 'the user must be an object'],
])('%j: %s', (answer, problem) => {
  expect(problemOf(answer)).toContain(`The answer of the @UserStore's find cannot be used: `);
  expect(problemOf(answer)).toContain(problem);
});

it('names every member that is wrong, and the value of none', () => {
  const problem = problemOf({ id: 42, username: 'ada', email: 'secret-address', disabled: 'no' });
  expect(problem).toMatch(/id .*; email .*; disabled /);
  expect(problem).not.toContain('secret-address');
});
