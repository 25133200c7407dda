// Passwords that stand in examples and tutorials: production does not start with one of them.
// @see NIST SP 800-63B §3.1.1.2 https://pages.nist.gov/800-63-4/sp800-63b.html

const DEFAULTS = new Set([
  'admin', 'adminadmin', 'administrator', 'adminpassword', 'changeit', 'changeme', 'changemenow', 'changethis', 'default',
  'defaultpassword', 'demo', 'example', 'guest', 'letmein', 'mypassword', 'pass', 'passphrase', 'passwd', 'password',
  'passwordpassword', 'placeholder', 'postgres', 'qwerty', 'qwertyuiop', 'replaceme', 'root', 'rootroot', 'sample', 'secret',
  'secretpassword', 'supersecret', 'test', 'testpassword', 'testtest', 'user', 'username', 'welcome', 'yourpassword',
]); // prettier-ignore

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
};

/** Is it a password that everybody knows: a usual example, whatever digits follow it, or the name of the user? */
export function isDefaultPassword(password: string, username: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  if (/^\d{1,12}$/.test(plain) || plain === username.normalize('NFKC').toLowerCase()) return true;
  const word = plain.replace(/[^\p{L}]+$/u, '').replaceAll(/[-_. ]/g, '');
  const name = username
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[-_. ]/g, '');
  const words = [word, word.replaceAll(/[@4310$5]/g, (sign) => LOOK_ALIKES[sign])];
  return words.some((one) => DEFAULTS.has(one) || one === name || one === name + name);
}
