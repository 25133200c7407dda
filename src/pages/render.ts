// The one function that makes HTML of a view model, and the headers that every page is sent with.
// @see OWASP ASVS 5.0 §3.4, https://www.w3.org/TR/CSP3/
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { Eta } from 'eta';
import { escapeHtml } from '../common/html.js';
import { ServerOptions } from '../config/options.js';
import { signInLocation } from '../oauth/interactions/interaction-locations.js';
import { inLanguage, type PageLanguage } from './languages.js';
import type { Text } from './messages/catalogue.js';
import { Catalogues } from './messages/catalogues.js';
import { en } from './messages/en.js';
import { displayName, plainText, Translator } from './messages/translator.js';
import { PageAssets } from './page-assets.js';
import { safeImage, safeLink, sourceOrigin } from './safe-url.js';
import type { Choice, ErrorView, PageName, PageViews } from './views/view-models.js';

/** The bundle of the stand-alone server lies beside `pages/`. */
const OWN_VIEWS = fileURLToPath(new URL('../pages/views/', import.meta.url));
/** Scripts, by ISO 15924. */
const RIGHT_TO_LEFT = ['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa'];
const VIEW_NAME = /^(?:[a-z0-9-]+\/)*[a-z0-9-]+$/;

export interface PageHeaderOptions {
  /** The language that the page is in. */
  locale: string;
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
 * @example
 * const language = languages.of(request);
 * reply.headers(pages.pageHeaders(language)).send(pages.render('consent', view, language));
 */
@Injectable()
export class PageRenderer {
  private readonly views: Views;
  private readonly helpers = new Map<string, object>();

  constructor(
    private readonly options: ServerOptions,
    private readonly assets: PageAssets,
    private readonly catalogues: Catalogues,
  ) {
    this.views = new Views([...(options.templatesDirectory ? [options.templatesDirectory] : []), OWN_VIEWS]);
  }

  /** A whole HTML document. */
  render<P extends PageName>(page: P, view: PageViews[P], language: PageLanguage): string {
    return this.views.render(page, { ...view, $: this.helpersFor(language) });
  }

  /** The headers of a page: no inline script or style, no framing, no caching. */
  pageHeaders({ locale, imgSources = [], frameSources = [] }: PageHeaderOptions): Record<string, string> {
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
      'content-language': locale,
      vary: 'Accept-Language',
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

  private helpersFor(language: PageLanguage): object {
    const key = `${language.locale} ${language.asked}`;
    let helpers = this.helpers.get(key);
    if (!helpers) this.helpers.set(key, (helpers = this.createHelpers(language)));
    return helpers;
  }

  /** What templates call by name; the header of every compiled template unpacks it. */
  private createHelpers(language: PageLanguage): object {
    const { locale } = language;
    const { t, rich, text, lookup, date, dateTime, ago, duration } = new Translator(
      locale,
      this.catalogues.get(locale),
    );
    const { basePath, theme, home, pages } = this.options;
    const logo = theme.logoUrl && isPath(theme.logoUrl) ? theme.logoUrl : this.image(theme.logoUrl);
    return {
      t,
      rich,
      text,
      date,
      dateTime,
      ago,
      duration,
      url: (path: string) => inLanguage(basePath + path, language),
      asset: (file: string) => this.assets.url(file),
      site: {
        name: theme.name,
        logo,
        locale,
        direction: directionOf(locale),
        hasTheme: this.assets.hasTheme,
        home: pages.home ? inLanguage(home, language) : home,
        signIn: inLanguage(signInLocation(this.options), language),
        pages,
      },
      page: {
        name: displayName,
        link: safeLink,
        href: (url: string) => (isPath(url) ? inLanguage(url, language) : safeLink(url)),
        image: (url: string | undefined) => this.image(url),
        initial,
        encode: encodeURIComponent,
        scope: ({ name, description }: { name: string; description?: string }) => {
          const key = `scope.${name}`;
          // What the operator says goes first: of a scope of theirs in this language, of a built-in one in their words.
          const words = Object.hasOwn(en, key) ? (description ?? lookup(key)) : (lookup(key) ?? description);
          return plainText(words ?? name);
        },
        // What is no message of a catalogue was written for developers, in English.
        isForeign: (words: Text) => typeof words === 'string' && !/^en\b/i.test(locale),
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

/** Whether the language is written from the right. */
function directionOf(locale: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.includes(new Intl.Locale(locale).maximize().script ?? '') ? 'rtl' : 'ltr';
}

/** The first letter of a name, for the place of a logo. */
function initial(name: string): string {
  const [first] = new Intl.Segmenter().segment(displayName(name));
  return first?.segment.toUpperCase() ?? '?';
}
