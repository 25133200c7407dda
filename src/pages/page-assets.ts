// The files under `/assets/`: style sheet, theme, script and icon, each with a version for its URL.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { ServerOptions } from '../config/options.js';
import { themeCss } from './theme.js';

/** The bundle of the stand-alone server lies beside `pages/`. */
const OWN_DIRECTORY = fileURLToPath(new URL('../pages/assets/', import.meta.url));
const FILE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9]{2,5}$/i;
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
};

export interface PageAsset {
  body: Buffer;
  contentType: string;
  /** Changes with the content: the answer to a URL with this `v` may be cached for good. */
  version: string;
}

@Injectable()
export class PageAssets {
  private readonly found = new Map<string, PageAsset>();
  private readonly theme: string;

  constructor(private readonly options: ServerOptions) {
    this.theme = themeCss(options.theme);
  }

  /** A theme that says nothing is not linked. */
  get hasTheme(): boolean {
    return this.theme !== '';
  }

  /** The asset of this file name, read once. */
  find(name: string): PageAsset | undefined {
    const known = this.found.get(name);
    if (known) return known;
    const contentType = FILE_NAME.test(name) ? CONTENT_TYPES[extname(name).toLowerCase()] : undefined;
    const body = contentType && this.read(name);
    if (!contentType || !body) return undefined;
    const asset = { body, contentType, version: createHash('sha256').update(body).digest('base64url').slice(0, 10) };
    this.found.set(name, asset);
    return asset;
  }

  /** The asset's URL, with its version. */
  url(name: string): string {
    const version = this.find(name)?.version;
    return `${this.options.basePath}/assets/${name}${version ? `?v=${version}` : ''}`;
  }

  private read(name: string): Buffer | undefined {
    if (name === 'theme.css') return Buffer.from(this.theme);
    const { templatesDirectory } = this.options;
    for (const directory of [...(templatesDirectory ? [join(templatesDirectory, 'assets')] : []), OWN_DIRECTORY]) {
      try {
        return readFileSync(join(directory, name));
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
    return undefined;
  }
}
