// Hosts to which outbound requests may go whatever their address is, also over http: `host` or `host:port`.
import { parseUrl } from './url.js';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** Can it be an entry of the allow-list? */
export function isAllowListEntry(entry: string): boolean {
  const url = parseUrl(`https://${entry}`);
  return url !== undefined && /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(entry);
}

export class AllowList {
  private readonly entries: ReadonlySet<string>;

  constructor(entries: readonly string[]) {
    this.entries = new Set(entries.map((entry) => entry.toLowerCase()));
  }

  includes(url: URL): boolean {
    const port = url.port || DEFAULT_PORTS[url.protocol];
    return this.entries.has(url.hostname) || this.entries.has(`${url.hostname}:${port}`);
  }
}
