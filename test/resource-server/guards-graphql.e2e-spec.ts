// Guards of GraphQL resolvers: one request, one verification, and errors that clients of GraphQL understand.
// @see RFC 6750 §3, RFC 9110 §11.6.1 https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
import { Field, GraphQLModule, Int, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import {
  type AccessToken,
  CurrentToken,
  currentToken,
  CurrentUser,
  Public,
  ResourceProtector,
  ResourceServer,
  TokenVerificationUnavailableError,
  TokenVerifier,
} from 'nest-authorization-server/resource-server';
import { EventBus } from '../../src/events/event-bus.js';
import { challengeOf, type Host, ReadingVerifier, startHost, tokenWith } from './host.js';

const AWAY = 'https://away.test';

@TokenVerifier(AWAY)
class AwayVerifier implements TokenVerifier {
  verify(): Promise<never> {
    return Promise.reject(new TokenVerificationUnavailableError('db.internal:5432 is away'));
  }
}

@ObjectType()
class Note {
  @Field()
  text: string;
  @Field(() => Int, { nullable: true })
  secret?: number;
}

@Resolver(() => Note)
@ResourceProtector('notes')
class NotesResolver {
  constructor(private readonly resourceServer: ResourceServer) {}

  @Query(() => Note)
  note(@CurrentToken() token: AccessToken, @CurrentUser() user: { id: string }): Note {
    return { text: [token.subject, currentToken()?.subject, user.id].join(' ') };
  }

  @Query(() => Note)
  other(): Note {
    return { text: 'other' };
  }

  @Query(() => Note)
  acquired(): Note {
    return { text: this.resourceServer.acquire('notes:secret').subject };
  }

  @Query(() => Note)
  @Public()
  open(): Note {
    return { text: 'open' };
  }

  @ResolveField()
  @ResourceProtector('notes:secret')
  secret(): number {
    return 42;
  }
}

interface Answer {
  data: Record<string, unknown> | null;
  errors?: { message: string; path: string[]; extensions: Record<string, unknown> }[];
}

let host: Host;
beforeAll(async () => {
  host = await startHost({
    imports: [
      GraphQLModule.forRoot<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        autoSchemaFile: true,
        fieldResolverEnhancers: ['guards'],
      }),
    ],
    providers: [NotesResolver, AwayVerifier],
  });
});

async function query(text: string, token?: string): Promise<Answer & { challenge: string | null }> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text }),
  };
  const response = await host.ask('/graphql', token, init);
  return { ...((await response.json()) as Answer), challenge: challengeOf(response) };
}

const notes = (claims: object = {}): string => tokenWith({ scope: 'notes', ...claims });

it('a resolver is let in with the token of the request, which is at hand', async () => {
  expect(await query('{ note { text } }', notes())).toMatchObject({ data: { note: { text: 'user-1 user-1 user-1' } } });
});

it.each<[string, string, string | undefined, Record<string, unknown>]>([
  ['without a token', '{ note { text } }', undefined, { code: 'UNAUTHENTICATED', challenge: 'Bearer realm="api"' }],
  ['with a bad token', '{ note { text } }', 'nonsense', { code: 'UNAUTHENTICATED', error: 'invalid_token' }],
  ['with too little scope', '{ note { text } }', tokenWith(), { code: 'FORBIDDEN', error: 'insufficient_scope' }],
  ['that acquires more', '{ acquired { text } }', notes(), { code: 'FORBIDDEN', error: 'insufficient_scope' }],
])('a resolver %s is refused in the errors, with code and challenge (§3.1)', async (_, text, token, extensions) => {
  const { data, errors } = await query(text, token);
  expect(data).toBeNull();
  expect(errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining(extensions) })]);
  expect(errors![0].extensions.challenge).toMatch(/^Bearer realm="api"/);
});

it('the challenge of a guard is in the header as well (RFC 9110 §11.6.1)', async () => {
  expect((await query('{ note { text } }')).challenge).toBe('Bearer realm="api"');
  expect((await query('{ note { text } }', 'nonsense')).challenge).toContain('error="invalid_token"');
});

it('each resolver of a request asks for its own scope: what is allowed is answered', async () => {
  const { data, errors } = await query('{ note { text secret } other { text } }', notes());
  expect(data).toEqual({ note: { text: 'user-1 user-1 user-1', secret: null }, other: { text: 'other' } });
  expect(errors).toEqual([expect.objectContaining({ path: ['note', 'secret'] })]);
  const all = await query('{ note { secret } }', notes({ scope: 'notes notes:secret' }));
  expect(all.data).toEqual({ note: { secret: 42 } });
});

it('the token is verified and told of once a request', async () => {
  const verifier = host.app.get(ReadingVerifier);
  const told: unknown[] = [];
  const forget = host.app.get(EventBus).on('token.authenticated', (payload) => void told.push(payload));
  const before = verifier.calls;
  await query('{ a: other { text } b: other { text } note { text } }', notes());
  await query('{ other { text } }', notes());
  forget();
  expect([verifier.calls - before, told.length]).toEqual([2, 2]);
});

it('a token of which nobody can tell is a 503 in the errors, without the reason (RFC 9110 §15.6.4)', async () => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const { errors } = await query('{ note { text } }', `${encode({ alg: 'ES256' })}.${encode({ iss: AWAY })}.AAAA`);
  expect(errors).toEqual([
    expect.objectContaining({
      message: 'Service Unavailable',
      extensions: { code: 'SERVICE_UNAVAILABLE', statusCode: 503, retryAfter: 5 },
    }),
  ]);
});

it('a resolver that is public is open', async () => {
  expect((await query('{ open { text } }')).data).toEqual({ open: { text: 'open' } });
});

it('no token is taken from the URL (RFC 9700 §4.3.2)', async () => {
  const text = encodeURIComponent('{ note { text } }');
  const response = await host.ask(`/graphql?query=${text}&access_token=${notes()}`);
  expect(await response.text()).toContain('invalid_request');
});
