// A relying party with pages of its own, on an origin of its own, for tests in a browser.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onClose } from '../support/cleanup.js';

export interface WebApplication {
  origin: string;
  url(path: string): string;
  /** Queries of what was asked for at a path, in their order. */
  requests(path: string): Record<string, string>[];
  /** HTML of further pages, by path. */
  pages: Map<string, string>;
}

/** Every path answers with a page; nobody answers at `/never`. @param host one that the browser takes for another site, or not */
export async function startWebApplication(host: 'localhost' | '127.0.0.1' = '127.0.0.1'): Promise<WebApplication> {
  const asked: { path: string; query: Record<string, string> }[] = [];
  const pages = new Map<string, string>();
  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://application');
    asked.push({ path: pathname, query: Object.fromEntries(searchParams) });
    if (pathname === '/never') return;
    const html =
      pages.get(pathname) ?? `<!doctype html><title>${pathname}</title><h1 id="application">${pathname}</h1>`;
    response.setHeader('content-type', 'text/html').end(html);
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  onClose(() => {
    http.closeAllConnections();
    http.close();
  });
  const origin = `http://${host}:${(http.address() as AddressInfo).port}`;
  return {
    origin,
    pages,
    url: (path) => origin + path,
    requests: (path) => asked.filter((one) => one.path === path).map(({ query }) => query),
  };
}
