// The paths that the server answers, so that a host application's other requests are left alone.

/** Paths as they are registered: `/oauth/token`, `/api/users/:id`. */
export class RouteTable {
  private readonly fixed = new Set<string>();
  private readonly patterns: string[][] = [];

  add(path: string): void {
    if (path.includes(':') || path.includes('*')) this.patterns.push(path.split('/'));
    else this.fixed.add(path);
  }

  has(path: string): boolean {
    if (this.fixed.has(path)) return true;
    const asked = path.split('/');
    return this.patterns.some((pattern) => matches(pattern, asked));
  }
}

function matches(pattern: readonly string[], asked: readonly string[]): boolean {
  const rest = pattern.indexOf('*');
  if (rest < 0 ? pattern.length !== asked.length : asked.length < pattern.length) return false;
  return pattern.every(
    (segment, index) => segment === '*' || segment === asked[index] || isFilled(segment, asked[index]),
  );
}

function isFilled(segment: string, asked: string): boolean {
  return segment.startsWith(':') && asked !== '';
}
