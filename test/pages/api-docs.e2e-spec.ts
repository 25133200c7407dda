// The documentation of the API as people read it: all of it, without script, and on any screen.
// @see WCAG 2.2 §1.4.10 https://www.w3.org/TR/WCAG22/#reflow
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OpenApiDocument } from '../../src/api/openapi/document.js';
import { browser, describeInBrowser } from '../support/browser.js';
import { administratorToken, baseOf } from '../support/flow.js';
import { plainText, textOf } from '../support/html.js';
import { sharedServer, startServer } from '../support/server.js';

const server = sharedServer();
const run = promisify(execFile);

const response = await fetch(`${server.url}/api/docs`);
const html = await response.text();
const document = (await (await fetch(`${server.url}/api/docs-json`)).json()) as OpenApiDocument;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);

async function statusOf(url: URL): Promise<number> {
  const { status, body } = await fetch(url);
  await body?.cancel();
  return status;
}

describe('/api/docs', () => {
  it('is the page that the metadata names', async () => {
    const metadata = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    const { service_documentation } = (await metadata.json()) as { service_documentation: string };
    expect(service_documentation).toBe(`${server.issuer}/api/docs`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it.each(operations.map((one) => [one.operationId, one] as const))('tells all of %s', (id, operation) => {
    const words = textOf(html, id)!;
    expect(words.startsWith(`${operation.method} ${operation.path} ${operation.summary}`)).toBe(true);
    for (const scope of operation.security.flatMap((one) => Object.values(one).flat())) expect(words).toContain(scope);
    for (const { name, description } of operation.parameters ?? []) {
      expect(words).toContain(name);
      expect(words).toContain(description!.replaceAll('`', ''));
    }
    const body = operation.requestBody?.content['application/json'].schema;
    const schema = body?.$ref ? document.components.schemas[body.$ref.split('/').at(-1)!] : body;
    for (const member of Object.keys(schema?.properties ?? {})) expect(words).toContain(` ${member} `);
    for (const status of Object.keys(operation.responses)) expect(words).toContain(` ${status} `);
    expect(textOf(html, `${id}-curl`)).toMatch(/^curl /);
  });

  it('tells every member of every answer', () => {
    for (const operation of operations) {
      for (const answer of Object.values(operation.responses)) {
        const schema = 'content' in answer ? answer.content?.['application/json']?.schema : undefined;
        const name = (schema?.properties?.items.items ?? schema)?.$ref?.split('/').at(-1);
        if (name === undefined) continue;
        const words = ` ${textOf(html, `object-${name}`)} `;
        for (const member of Object.keys(document.components.schemas[name].properties!))
          expect(words).toContain(` ${member} `);
      }
    }
  });

  it('has links that lead somewhere, and fetches nothing from elsewhere', async () => {
    const links = [...html.matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)].map(([, href]) => href);
    expect(links.length).toBeGreaterThan(30);
    for (const href of new Set(links)) {
      if (href.startsWith('#')) expect([href, html.includes(`id="${href.slice(1)}"`)]).toEqual([href, true]);
      else expect([href, await statusOf(new URL(href, server.url))]).toEqual([href, 200]);
    }
    for (const [, url] of html.matchAll(/<(?:link|script|img)\b[^>]*\b(?:href|src)="([^"]*)"/g))
      expect(url).toMatch(/^\/assets\//);
  });

  it('keeps to the policy of the pages: nothing inline', () => {
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+\s*=\s*["']|javascript:/i);
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
  });

  it.each(['usersList', 'clientsList', 'scopesList', 'scopesRead', 'docsJsonDocument'])(
    'has an example for %s that works when it is pasted into a shell',
    async (id) => {
      const example = textOf(html, `${id}-curl`)!.replace('\\', '');
      const env = { ...process.env, TOKEN: await administratorToken(server) };
      const { stdout } = await run('sh', ['-c', `${example} --silent --fail`], { env });
      expect(JSON.parse(stdout)).toEqual(expect.any(Object));
    },
  );

  it('has the paths of an issuer below which it is', async () => {
    const own = await startServer({ env: { ISSUER: 'http://localhost:$PORT/tenant' } });
    const page = await fetch(`${baseOf(own)}/api/docs`);
    const text = plainText(await page.text());
    expect(text).toContain(`${own.issuer}/api/docs-json`);
    expect(text).toContain(`curl '${own.issuer}/api/me'`);
  });
});

describeInBrowser('in a browser', () => {
  it.each([
    ['a small screen', { viewport: { width: 320, height: 640 } }],
    ['a small screen without JavaScript', { viewport: { width: 320, height: 640 }, javaScriptEnabled: false }],
    ['a large dark screen', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' as const }],
  ])('on %s it opens an operation and is never wider than the screen', async (_, options) => {
    const context = await browser(options);
    const page = await context.newPage();
    await page.goto(`${server.url}/api/docs`);
    for (const id of ['clientsCreate', 'usersList', 'usersSetPassword']) {
      expect(await page.locator(`#${id}-curl`).isVisible()).toBe(false);
      await page.locator(`#${id} > summary`).click();
      expect(await page.locator(`#${id}-curl`).isVisible()).toBe(true);
    }
    const root = page.locator('html');
    const widths = await root.evaluate((element) => [element.scrollWidth, element.clientWidth]);
    expect(widths[0]).toBe(widths[1]);
    await context.close();
  });
});
