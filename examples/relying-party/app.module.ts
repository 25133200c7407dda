// All that a relying party needs: who the provider is, and what this application is called there.
import { type DynamicModule, Module } from '@nestjs/common';
import { OAuthClientModule } from 'nest-authorization-server/relying-party';
import { ReadersController } from './readers.controller.js';

@Module({})
export class AppModule {
  static of({ url, issuer }: { url: string; issuer: string }): DynamicModule {
    return {
      module: AppModule,
      imports: [
        OAuthClientModule.forRoot({
          publicUrl: url,
          // Sealed with it is what waits for an answer of the provider. Several processes need the same.
          secretKeys: [process.env.SECRET_KEY ?? 'a-secret-of-the-example-and-of-nothing-else'],
          providers: {
            central: {
              serverMetadataUrl: issuer,
              clientId: process.env.CLIENT_ID ?? 'library',
              clientSecret: process.env.CLIENT_SECRET ?? 'a-library-secret-of-32-characters-or-so',
              scope: 'openid profile',
              apiBaseUrl: `${issuer}/api/`,
            },
          },
        }),
      ],
      controllers: [ReadersController],
    };
  }
}
