// Times in the JSON APIs: whole seconds since 1970, as everywhere in OAuth.
// @see RFC 7519 §2 https://www.rfc-editor.org/rfc/rfc7519#section-2

export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
