// Commands about tokens.
import type { Command } from 'commander';
import { group } from './command.js';
import { tokenIntrospect } from './token-introspect.js';
import { tokenIssue } from './token-issue.js';
import { tokenRevoke } from './token-revoke.js';

export function tokenCommands(): Command {
  return group('token', 'Access and refresh tokens', [tokenIssue(), tokenIntrospect(), tokenRevoke()]);
}
