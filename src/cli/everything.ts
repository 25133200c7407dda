// Lists that commands print as a whole are read a page at a time.

const PAGE = 500;

/** @param read the page after that entry */
export async function everything<T>(read: (after: T | undefined, limit: number) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const page = await read(found.at(-1), PAGE);
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}
