// HTML in which what is put in is text.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(parts: TemplateStringsArray, ...values: string[]): string {
  return String.raw(parts, ...values.map((value) => value.replace(/[&<>"']/g, (character) => ENTITIES[character])));
}

export function page(content: string): string {
  return `<!doctype html>
<html lang="en">
  <title>The Library</title>
  <meta name="viewport" content="width=device-width" />
  <style>
    body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; }
  </style>
  <h1>The Library</h1>
  ${content}
</html>
`;
}
