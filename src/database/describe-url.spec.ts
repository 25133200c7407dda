// What of a database URL is shown.
import { describeUrl } from './describe-url.js';

describe('describeUrl', () => {
  it.each([
    ['postgres://user:secret@db.example/app?sslmode=require', 'db.example:5432/app'],
    ['postgres://user:secret@%2Ftmp%2Fx:6543/app', '/tmp/x:6543/app'],
    ['not a url with a secret', 'an address that is not a URL'],
  ])('shows neither user nor password of %s', (url, shown) => {
    expect(describeUrl(url)).toBe(shown);
  });
});
