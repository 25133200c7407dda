// A client as something that can be injected.
import { Inject } from '@nestjs/common';

const injected = new Set<string>();

/** The token under which the client of a provider is injected: to put another one in its place in a test. */
export function oauthClientToken(name: string): string {
  return `OAuthClient:${name}`;
}

/**
 * Injects the {@link OAuthClient} of a provider.
 * @example constructor(\@InjectOAuthClient('google') private readonly google: OAuthClient) {}
 */
export function InjectOAuthClient(name: string): ParameterDecorator & PropertyDecorator {
  injected.add(name);
  return Inject(oauthClientToken(name));
}

/** Of all classes that there are so far. */
export function injectedNames(): string[] {
  return [...injected];
}
