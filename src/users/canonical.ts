// User names and e-mail addresses: what may be one, and the form in which two are compared.
// @see Unicode TR 36 §2, RFC 8265 §3.3 https://www.rfc-editor.org/rfc/rfc8265#section-3.3

const MAX_USERNAME_LENGTH = 64;
const MAX_EMAIL_LENGTH = 254;
/** Control, format (bidi, zero width), private and unassigned characters, and those that nobody sees. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The name as it is shown: compatibility forms (wide letters, ligatures) become the ordinary ones. */
export function displayedUsername(username: string): string {
  return username.normalize('NFKC').trim();
}

/** The form in which user names are compared. */
export function canonicalUsername(username: string): string {
  return foldCase(displayedUsername(username));
}

/** The form in which e-mail addresses are compared; the part before the @ too, whatever its host makes of case. */
export function canonicalEmail(email: string): string {
  return foldCase(email.normalize('NFKC').trim());
}

/** What somebody signs in with: an e-mail address when there is an @ in it, else a user name. */
export function canonicalLogin(login: string): string {
  return isEmailLogin(login) ? canonicalEmail(login) : canonicalUsername(login);
}

export function isEmailLogin(login: string): boolean {
  return login.includes('@');
}

/** Upper case first: it also brings ß and SS, the three sigmas, and the dotless ı and i together. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase().normalize('NFKC');
}

/** What is wrong with a user name; undefined when nothing is. */
export function usernameFault(username: string): string | undefined {
  if (username.length > 4 * MAX_USERNAME_LENGTH) return `must have at most ${MAX_USERNAME_LENGTH} characters`;
  const displayed = displayedUsername(username);
  const length = [...displayed].length;
  if (length === 0) return 'must not be empty';
  if (length > MAX_USERNAME_LENGTH) return `must have at most ${MAX_USERNAME_LENGTH} characters`;
  // A name with an @ could pose as somebody's e-mail address at sign-in.
  if (displayed.includes('@')) return 'must not contain @';
  if (INVISIBLE.test(username) || INVISIBLE.test(displayed)) return 'has characters that cannot be seen';
  if (/[^\S ]| {2}/u.test(displayed)) return 'must not have other spaces than single ones between words';
  if (/^\p{M}/u.test(displayed)) return 'must not begin with an accent';
  return undefined;
}

/** What is wrong with an e-mail address; undefined when nothing is. Whether it exists only a message can tell. */
export function emailFault(email: string): string | undefined {
  const trimmed = email.trim();
  if (trimmed.length > MAX_EMAIL_LENGTH) return `must have at most ${MAX_EMAIL_LENGTH} characters`;
  const [local, domain, ...rest] = trimmed.split('@');
  const usable = local && domain && rest.length === 0 && local.length <= 64 && /^[^.].*[^.]$|^[^.]$/su.test(domain);
  if (!usable || /[\s"(),:;<>[\]\\]/u.test(trimmed) || INVISIBLE.test(trimmed) || domain.includes('..')) {
    return 'must be an e-mail address';
  }
  return undefined;
}
