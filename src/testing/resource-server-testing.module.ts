// The guards of an application under test: the real ones, which verify the real signatures of signTestToken.
import type { DynamicModule } from '@nestjs/common';
import { type ResourceServerAsyncOptions, ResourceServerModule } from '../resource-server/resource-server.module.js';
import type { ResourceServerOptions } from '../resource-server/resource-server.options.js';
import { TokenVerifiers } from '../resource-server/token-verifiers.js';
import { TestTokenVerifiers } from './test-token-verifiers.js';

/** The part of the `TestingModuleBuilder` of @nestjs/testing that is used here. */
export interface OverridableModule {
  overrideProvider(token: unknown): { useClass(type: unknown): unknown };
}

/**
 * In the place of `ResourceServerModule` in tests. Guards, options and `@TokenVerifier` plug-ins are the application's; but
 * JWTs in the name of the issuers of its options, and of {@link TEST_ISSUER}, are verified with the key pair of
 * {@link signTestToken}, and nobody is asked for keys. Tokens that are bound to no resource are accepted, as an embedded server
 * and introspection accept them.
 */
export class ResourceServerTestingModule {
  /**
   * @param options as of `ResourceServerModule.forRoot`
   * @throws InputError at the start, naming each member of the options that is at fault
   * @example
   * const module = await Test.createTestingModule({
   *   imports: [ResourceServerTestingModule.forRoot({ audience: 'https://notes.example' })],
   *   controllers: [NotesController],
   * }).compile();
   */
  static forRoot(options: ResourceServerOptions = {}): DynamicModule {
    return withTestVerifiers(ResourceServerModule.forRoot(options));
  }

  /**
   * @param options as of `ResourceServerModule.forRootAsync`
   * @throws InputError at the start, naming each member of the options that is at fault
   * @example ResourceServerTestingModule.forRootAsync({ inject: [ConfigService], useFactory: (config) => config.guards })
   */
  static forRootAsync(options: ResourceServerAsyncOptions): DynamicModule {
    return withTestVerifiers(ResourceServerModule.forRootAsync(options));
  }

  /**
   * Has a whole application take the tokens of {@link signTestToken}, wherever its `ResourceServerModule` is imported and
   * whatever its options are.
   *
   * @param builder of `Test.createTestingModule`
   * @returns the builder
   * @example
   * const builder = Test.createTestingModule({ imports: [AppModule] });
   * const module = await ResourceServerTestingModule.override(builder).compile();
   */
  static override<Builder extends OverridableModule>(builder: Builder): Builder {
    builder.overrideProvider(TokenVerifiers).useClass(TestTokenVerifiers);
    return builder;
  }
}

/** The later provider of a token counts. */
function withTestVerifiers(module: DynamicModule): DynamicModule {
  const verifiers = { provide: TokenVerifiers, useClass: TestTokenVerifiers };
  return { ...module, providers: [...(module.providers ?? []), verifiers] };
}
