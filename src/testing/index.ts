// Public API of "nest-authorization-server/testing": for the tests of host applications.
export { type OverridableModule, ResourceServerTestingModule } from './resource-server-testing.module.js';
export { signTestToken, type TestTokenOptions } from './sign-test-token.js';
export { TEST_ISSUER, testJwks } from './test-key.js';
export { TestBrowser, type Visit } from './browser.js';
export { type TestClient, TestClientBuilder, type TestClientOptions } from './client-builder.js';
export type { TestAuthorization, TestTokens } from './code-flow.js';
export {
  createTestServer,
  type TestServer,
  type TestServerOptions,
  type TestSignIn,
  type TestSignInOptions,
} from './create-test-server.js';
export { type TestUser, TestUserBuilder, type TestUserOptions } from './user-builder.js';
