// In which language a page answers its request: `ui_locales`, else what the browser prefers, else the default.
// @see OIDC Core §3.1.2.1, RFC 9110 §12.5.4 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../common/http.js';
import { acceptedLanguages, lookUpLanguage } from '../common/language.js';
import { UiLocales } from '../oauth/ui-locales.js';
import { Catalogues } from './messages/catalogues.js';

const PARAMETER = 'ui_locales';

export interface PageLanguage {
  /** The language that the page is in. */
  locale: string;
  /** It was asked for by `ui_locales`: the page's links and forms go on asking. */
  asked: boolean;
}

/** Of what is written for developers, whatever they read otherwise. */
export const ENGLISH: PageLanguage = { locale: 'en', asked: false };

@Injectable()
export class Languages {
  constructor(
    private readonly catalogues: Catalogues,
    private readonly uiLocales: UiLocales,
  ) {
    uiLocales.register(catalogues.names());
  }

  /** Never throws: the page that tells of a malformed request has a language, too. */
  of(request: HttpRequest): PageLanguage {
    const asked = this.uiLocales.choose(uiLocalesOf(request));
    if (asked !== undefined) return { locale: asked, asked: true };
    const accepted = acceptedLanguages(request.headers['accept-language']);
    return {
      locale: lookUpLanguage(accepted, this.catalogues.names()) ?? this.catalogues.defaultLocale,
      asked: false,
    };
  }
}

/** A path of ours that asks for the language which the page was asked for. */
export function inLanguage(path: string, { locale, asked }: PageLanguage): string {
  if (!asked || /[?&]ui_locales=/.test(path)) return path;
  const [page = '', ...fragment] = path.split(/(?=#)/);
  return `${page}${page.includes('?') ? '&' : '?'}${PARAMETER}=${locale}${fragment.join('')}`;
}

/** Of the URL, else of a form that another site may have posted; the first one, however often it was sent. */
function uiLocalesOf({ url, rawBody }: HttpRequest): string | undefined {
  const start = url.indexOf('?');
  const sources = [start < 0 ? '' : url.slice(start + 1), rawBody?.includes(PARAMETER) ? rawBody.toString() : ''];
  for (const source of sources) {
    const value = source.includes(PARAMETER) ? new URLSearchParams(source).get(PARAMETER) : null;
    if (value) return value;
  }
  return undefined;
}
