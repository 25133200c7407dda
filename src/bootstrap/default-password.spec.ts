import { isDefaultPassword } from './default-password.js';

describe('a default password', () => {
  it.each([
    'password', 'Password1', 'p@ssw0rd', 'PASSWORD123!', 'change-me', 'ChangeMe!', 'change_me_now', 'admin123', 'Admin@123', 'adminadmin',
    'secret99', '12345678', '00000000', 'letmein!!', 'qwertyuiop', 'carol-carol', 'carolcarol1', 'Carol2024', 'CAROL',
  ])('is %s', (password) => expect(isDefaultPassword(password, 'carol')).toBe(true)); // prettier-ignore

  it.each([
    'alice-password-1', 'correct horse battery staple', 'mypasswordis-x7Q', '83920-48261-99182', 'carolina', 'x7#kQ2!pLm', '密码密码密码密码',
  ])('is not %s', (password) => expect(isDefaultPassword(password, 'carol')).toBe(false)); // prettier-ignore
});
