// Public API of "nest-authorization-server/testing": for the tests of host applications.
export { type OverridableModule, ResourceServerTestingModule } from './resource-server-testing.module.js';
export { signTestToken, type TestTokenOptions } from './sign-test-token.js';
export { TEST_ISSUER, testJwks } from './test-key.js';
