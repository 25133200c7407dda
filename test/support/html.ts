// As much HTML as the tests need: the forms of a page and the text of an element.

export interface HtmlForm {
  id: string | undefined;
  action: string;
  method: 'GET' | 'POST';
  /** Values that would be sent without touching anything; buttons are not among them. */
  fields: Record<string, string>;
  buttons: { id?: string; name?: string; value?: string }[];
}

/** All forms of a page. */
export function forms(html: string): HtmlForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head = '', body = '']) => {
    const attributes = attributesOf(head);
    const fields: Record<string, string> = {};
    for (const [, tag = ''] of body.matchAll(/<input\b([^>]*)>/gi)) {
      const input = attributesOf(tag);
      const type = input.type?.toLowerCase() ?? 'text';
      if (!input.name || ['submit', 'button', 'reset', 'image'].includes(type)) continue;
      if ((type === 'checkbox' || type === 'radio') && input.checked === undefined) continue;
      fields[input.name] = input.value ?? '';
    }
    for (const [, tag = '', text = ''] of body.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/gi)) {
      const { name } = attributesOf(tag);
      if (name) fields[name] = decodeEntities(text.replace(/^\r?\n/, ''));
    }
    for (const [, tag = '', options = ''] of body.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/gi)) {
      const { name } = attributesOf(tag);
      const all = [...options.matchAll(/<option\b([^>]*)>/gi)].map(([, option = '']) => attributesOf(option));
      const chosen = all.find((option) => option.selected !== undefined) ?? all[0];
      if (name && chosen) fields[name] = chosen.value ?? '';
    }
    return {
      id: attributes.id,
      action: attributes.action ?? '',
      method: /^post$/i.test(attributes.method ?? '') ? 'POST' : 'GET',
      fields,
      buttons: [...body.matchAll(/<button\b([^>]*)>/gi)].map(([, tag = '']) => {
        const { id, name, value } = attributesOf(tag);
        return { id, name, value };
      }),
    };
  });
}

/** The text of the element with this id, tags removed; undefined when there is none. */
export function textOf(html: string, id: string): string | undefined {
  const start = new RegExp(`<(\\w+)\\b[^>]*\\bid="${id}"[^>]*>`, 'i').exec(html);
  if (!start) return undefined;
  const tag = start[1];
  let depth = 1;
  const rest = html.slice(start.index + start[0].length);
  for (const match of rest.matchAll(new RegExp(`<(/?)${tag}\\b[^>]*>`, 'gi'))) {
    depth += match[1] ? -1 : 1;
    if (depth === 0) return plainText(rest.slice(0, match.index));
  }
  return plainText(rest);
}

/** Text without tags and with single spaces. */
export function plainText(html: string): string {
  return decodeEntities(html.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

/** Is there an element with this id? */
export function hasId(html: string, id: string): boolean {
  return new RegExp(`\\bid="${id}"`).test(html);
}

function attributesOf(tag: string): Record<string, string | undefined> {
  const attributes: Record<string, string | undefined> = {};
  for (const [, name = '', double, single, bare] of tag.matchAll(
    /([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g,
  )) {
    attributes[name.toLowerCase()] = decodeEntities(double ?? single ?? bare ?? '');
  }
  return attributes;
}

function decodeEntities(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return named[name!] ?? all;
  });
}
