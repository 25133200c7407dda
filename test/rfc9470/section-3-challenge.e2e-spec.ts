// A guard that wants a stronger or a younger sign-in than the token's: what it takes, and how it says so.
// @see RFC 9470 §3 https://www.rfc-editor.org/rfc/rfc9470#section-3
import { Controller, Get } from '@nestjs/common';
import { ResourceProtector } from 'nest-authorization-server/resource-server';
import { ResourceServerTestingModule, signTestToken } from 'nest-authorization-server/testing';
import { challengeOf, type Host, startHost } from '../resource-server/host.js';
import { ADAPTERS } from '../resource-server/guarded-app.js';

@Controller()
class BankController {
  @Get('strong')
  @ResourceProtector('pay', { acr: ['phr', 'phrh'] })
  strong(): string {
    return 'strong';
  }

  @Get('young')
  @ResourceProtector(undefined, { maxAge: 300 })
  young(): string {
    return 'young';
  }

  @Get('both')
  @ResourceProtector(undefined, { acr: 'phr', maxAge: 60 })
  both(): string {
    return 'both';
  }

  @Get('optional')
  @ResourceProtector(undefined, { acr: 'phr', optional: true })
  optional(): string {
    return 'optional';
  }
}

const ago = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;
const REFUSED = 'Bearer realm="api", error="insufficient_user_authentication", error_description="[^"]+"';

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ adapter, controllers: [BankController], guards: ResourceServerTestingModule.forRoot() });
  });

  it.each<[string, string, object, number]>([
    ['one of the classes', '/strong', { scope: 'pay', acr: 'phrh' }, 200],
    ['another class', '/strong', { scope: 'pay', acr: '1' }, 401],
    ['a class of another type', '/strong', { scope: 'pay', acr: ['phr'] }, 401],
    ['no class', '/strong', { scope: 'pay' }, 401],
    ['a young sign-in', '/young', { auth_time: ago(200) }, 200],
    ['an old sign-in', '/young', { auth_time: ago(400) }, 401],
    ['a sign-in that nobody dates, though the token is young', '/young', {}, 401],
    ['a date that is none', '/young', { auth_time: 'now' }, 401],
    ['class and time', '/both', { acr: 'phr', auth_time: ago(10) }, 200],
    ['the class, too long ago', '/both', { acr: 'phr', auth_time: ago(100) }, 401],
    ['the time, of another class', '/both', { acr: '1', auth_time: ago(10) }, 401],
    ['an optional token of another class', '/optional', { acr: '1' }, 401],
  ])('%s (§3, §4)', async (_, path, claims, expected) => {
    expect((await host.ask(path, signTestToken({ claims: { ...claims } }))).status).toBe(expected);
  });

  it('the challenge names the classes that would do, the preferred one first (§3)', async () => {
    const response = await host.ask('/strong', signTestToken({ scope: 'pay' }));
    expect(challengeOf(response)).toMatch(new RegExp(`^${REFUSED}, acr_values="phr phrh"$`));
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      error: 'insufficient_user_authentication',
      error_description: expect.any(String),
    });
  });

  it('the challenge names the age in seconds that would do, and nothing that is not asked (§3)', async () => {
    expect(challengeOf(await host.ask('/young', signTestToken()))).toMatch(new RegExp(`^${REFUSED}, max_age="300"$`));
    const both = challengeOf(await host.ask('/both', signTestToken()));
    expect(both).toMatch(new RegExp(`^${REFUSED}, acr_values="phr", max_age="60"$`));
  });

  it('a token that is missing, or of too little scope, has the challenge of RFC 6750 (§3)', async () => {
    expect(challengeOf(await host.ask('/strong'))).toBe('Bearer realm="api"');
    expect(challengeOf(await host.ask('/strong', signTestToken()))).toContain('error="insufficient_scope"');
    expect((await host.ask('/optional')).status).toBe(200);
  });
});

it.each([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])('a maxAge of %s stops the start (§3)', async (maxAge) => {
  @Controller()
  class WrongController {
    @Get()
    @ResourceProtector(undefined, { maxAge })
    wrong(): string {
      return 'wrong';
    }
  }

  await expect(startHost({ controllers: [WrongController] })).rejects.toThrow('maxAge');
});
