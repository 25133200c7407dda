// The pages in every language on a small screen: nothing sticks out, whatever the length of its words.
// @see WCAG 2.2 §1.4.10 https://www.w3.org/TR/WCAG22/#reflow
import type { Page } from 'playwright-core';
import { CATALOGUES } from '../../src/pages/messages/catalogues.js';
import { browser, describeInBrowser } from '../support/browser.js';
import { signUp } from '../support/flow.js';
import { sharedServer } from '../support/server.js';
import { authorizationPath, createClient } from './browse.js';

const server = sharedServer();

describeInBrowser('a screen of 320 pixels', () => {
  let pages: [Page, string[]][];

  beforeAll(async () => {
    const { jar } = await signUp(server);
    const { path } = await createClient(server, jar);
    const viewport = { width: 320, height: 640 };
    const [anybody, user] = await Promise.all([browser({ viewport }), browser({ viewport })]);
    await user.addCookies(jar.names().map((name) => ({ name, value: jar.get(name) ?? '', url: server.url })));
    pages = [
      [await anybody.newPage(), ['/', '/sign-in', '/sign-up', '/oauth/logout', '/nowhere', authorizationPath({})]],
      [
        await user.newPage(),
        [
          '/',
          '/account',
          '/clients/new',
          path,
          `${path}/delete`,
          '/oauth/logout',
          authorizationPath({ scope: 'openid profile email offline_access', prompt: 'consent' }),
          authorizationPath({ prompt: 'select_account' }),
          authorizationPath({ prompt: 'login' }),
        ],
      ],
    ];
  });

  it.each(Object.keys(CATALOGUES))('shows every page in %s without scrolling sideways', async (locale) => {
    for (const [page, path] of pages.flatMap(([page, paths]) => paths.map((path) => [page, path] as const))) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}ui_locales=${locale}`);
      const found = await page.evaluate(() => ({
        lang: document.documentElement.lang,
        width: document.documentElement.scrollWidth,
        cut: [...document.querySelectorAll('h1, h2, h3, p, li, label, a, button, dt, dd')]
          .filter((element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1)
          .filter((element) => getComputedStyle(element).overflowX !== 'auto')
          .map((element) => element.textContent),
      }));
      expect({ path, ...found }).toEqual({ path, lang: locale, width: 320, cut: [] });
    }
  });
});
