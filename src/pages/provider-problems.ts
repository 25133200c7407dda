// What went wrong at an identity provider, in words; only our own are shown, whatever a link says.
import type { Parameters } from '../common/parameters.js';
import type { IdentityProviders } from '../oauth/identity-providers/identity-providers.js';
import { message, type Text } from './messages/catalogue.js';

const WORDS = {
  failed: 'signInWith.error.failed',
  refused: 'signInWith.error.refused',
  'not-fresh': 'signInWith.error.notFresh',
  taken: 'signInWith.error.taken',
} as const;

export type ProviderProblem = keyof typeof WORDS;

/** @returns undefined when nothing went wrong */
export function problemOf(query: Parameters, providers: IdentityProviders): Text | undefined {
  const [problem] = query.getAll('problem');
  if (problem === 'last-way') return message('signInWith.error.lastWay');
  const provider = providers.find(query.getAll('with')[0] ?? '');
  if (!provider || problem === undefined || !Object.hasOwn(WORDS, problem)) return undefined;
  return message(WORDS[problem as ProviderProblem], { provider: provider.label });
}
