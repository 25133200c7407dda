// A database URL as it may be shown: without user and password.

/** For example `db.example:5432/app`. */
export function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${decodeURIComponent(hostname) || 'localhost'}:${port || 5432}${pathname}`;
  } catch {
    return 'an address that is not a URL';
  }
}
