// The languages of the pages, as whoever renders them says: for the metadata, and to hand on `ui_locales`.
// @see OIDC Core §3.1.2.1, RFC 8414 §2 https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
import { Injectable } from '@nestjs/common';
import { lookUpLanguage, requestedLanguages } from '../common/language.js';
import type { Parameters } from '../common/parameters.js';

@Injectable()
export class UiLocales {
  private tags: readonly string[] = [];

  /** Says which languages there are, as BCP 47 tags. */
  register(tags: readonly string[]): void {
    this.tags = tags;
  }

  /** None where nobody renders pages. */
  names(): readonly string[] {
    return this.tags;
  }

  /** The language that was asked for; unknown ones are no error. */
  choose(uiLocales: string | undefined): string | undefined {
    return uiLocales === undefined ? undefined : lookUpLanguage(requestedLanguages(uiLocales), this.tags);
  }

  /** What the URL of a page needs after its query, for the page to speak the language that the request asks for. */
  carriedFrom(request: Parameters): string {
    const locale = this.choose(request.getAll('ui_locales')[0]);
    return locale === undefined ? '' : `&ui_locales=${locale}`;
  }
}
