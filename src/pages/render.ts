// The one function that makes HTML of a view model, and the headers that every page is sent with.
// @see OWASP ASVS 5.0 §3.4, https://www.w3.org/TR/CSP3/
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { Eta } from 'eta';
import { escapeHtml } from '../common/html.js';
import { ServerOptions } from '../config/options.js';
import { DEFAULT_LOCALE, type Locale, type Text } from './messages/catalogue.js';
import { displayName, plainText, Translator } from './messages/translator.js';
import { PageAssets } from './page-assets.js';
import { safeImage, safeLink, sourceOrigin } from './safe-url.js';
import type { Choice, ErrorView, PageName, PageViews } from './views/view-models.js';

const OWN_VIEWS = fileURLToPath(new URL('./views/', import.meta.url));
const VIEW_NAME = /^(?:[a-z0-9-]+\/)*[a-z0-9-]+$/;

export interface PageHeaderOptions {
  /** URLs whose origin may serve images, e.g. the logo of the client that is shown; unusable ones are left out. */
  imgSources?: readonly (string | undefined)[];
  /** URLs whose origin may be framed. */
  frameSources?: readonly (string | undefined)[];
}

/** Templates by name: the host's directory first, then ours; read and compiled once. */
class Views extends Eta {
  constructor(private readonly directories: readonly string[]) {
    super({
      cache: true,
      // Nothing at all is written for null and undefined.
      escapeFunction: (value) => (value === null || value === undefined ? '' : escapeHtml(`${value as string}`)),
      functionHeader: 'const { t, rich, text, date, dateTime, ago, duration, url, asset, site, page } = it.$;',
    });
    this.readFile = (path) => readFileSync(path, 'utf8');
    this.resolvePath = (name) => {
      if (!VIEW_NAME.test(name)) throw new Error(`Not the name of a view: ${name}`);
      const path = this.paths.get(name) ?? this.find(name);
      this.paths.set(name, path);
      return path;
    };
  }

  private readonly paths = new Map<string, string>();

  private find(name: string): string {
    const found = this.directories.map((directory) => join(directory, `${name}.eta`)).find((path) => existsSync(path));
    if (!found) throw new Error(`There is no view '${name}'`);
    return found;
  }
}

/**
 * Renders pages.
 *
 * @example reply.headers(pages.pageHeaders({ imgSources: [client.logoUri] })).send(pages.render('consent', view))
 */
@Injectable()
export class PageRenderer {
  private readonly views: Views;
  private readonly helpers = new Map<Locale, object>();

  constructor(
    private readonly options: ServerOptions,
    private readonly assets: PageAssets,
  ) {
    this.views = new Views([...(options.templatesDirectory ? [options.templatesDirectory] : []), OWN_VIEWS]);
  }

  /** A whole HTML document. */
  render<P extends PageName>(page: P, view: PageViews[P], locale: Locale = DEFAULT_LOCALE): string {
    return this.views.render(page, { ...view, $: this.helpersFor(locale) });
  }

  /** The headers of a page: no inline script or style, no framing, no caching. */
  pageHeaders({ imgSources = [], frameSources = [] }: PageHeaderOptions = {}): Record<string, string> {
    const images = sources([this.options.theme.logoUrl, ...imgSources].map((url) => this.image(url)));
    const frames = sources(frameSources.map((url) => safeLink(url)));
    const policy = [
      "default-src 'none'",
      "style-src 'self'",
      "script-src 'self'",
      ["img-src 'self'", ...images].join(' '),
      ...(frames.length ? [`frame-src ${frames.join(' ')}`] : []),
      // No form-action: browsers apply it to the redirect after the form, which leads to the client.
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ];
    return {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      // Not no-referrer: with it browsers send `Origin: null` from our own forms.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    };
  }

  /** Where an image may come from, or undefined. */
  private image(url: string | undefined): string | undefined {
    return safeImage(url, !this.options.production);
  }

  private helpersFor(locale: Locale): object {
    let helpers = this.helpers.get(locale);
    if (!helpers) this.helpers.set(locale, (helpers = this.createHelpers(locale)));
    return helpers;
  }

  /** What templates call by name; the header of every compiled template unpacks it. */
  private createHelpers(locale: Locale): object {
    const { t, rich, text, lookup, date, dateTime, ago, duration } = new Translator(locale);
    const { basePath, theme } = this.options;
    const logo = theme.logoUrl && isPath(theme.logoUrl) ? theme.logoUrl : this.image(theme.logoUrl);
    return {
      t,
      rich,
      text,
      date,
      dateTime,
      ago,
      duration,
      url: (path: string) => basePath + path,
      asset: (file: string) => this.assets.url(file),
      site: { name: theme.name, logo, locale, hasTheme: this.assets.hasTheme },
      page: {
        name: displayName,
        link: safeLink,
        href: (url: string) => (isPath(url) ? url : safeLink(url)),
        image: (url: string | undefined) => this.image(url),
        initial,
        encode: encodeURIComponent,
        scope: (scope: { name: string; description?: string }) =>
          plainText(scope.description ?? lookup(`scope.${scope.name}`) ?? scope.name),
        choice: (kind: string, choice: Choice) => choice.label ?? lookup(`${kind}.${choice.value}`),
        explanation: ({ code, explanation, blameClient }: ErrorView): Text =>
          (explanation && text(explanation)) ??
          (blameClient ? t('error.explain.client') : (lookup(`error.explain.${code}`) ?? t('error.explain'))),
      },
    };
  }
}

function sources(urls: readonly (string | undefined)[]): string[] {
  return [...new Set(urls.map((url) => url && sourceOrigin(url)).filter((origin) => origin !== undefined))] as string[];
}

/** A path of our own origin; browsers take `//host` and `/\\host` for another one. */
function isPath(url: string): boolean {
  return /^\/(?![/\\])/.test(url);
}

/** The first letter of a name, for the place of a logo. */
function initial(name: string): string {
  const [first] = new Intl.Segmenter().segment(displayName(name));
  return first?.segment.toUpperCase() ?? '?';
}
