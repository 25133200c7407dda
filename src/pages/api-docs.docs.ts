// The documentation of the documentation.
import type { ApiDocs } from '../api/openapi/api-docs.js';
import type { ApiDocsController } from './api-docs.controller.js';

const TAG = { description: 'Tag of the document.', schema: { type: 'string' } };

export const API_DOCS_DOCS: ApiDocs<ApiDocsController> = {
  tag: 'Documentation',
  description: 'What you are reading.',
  schemas: {
    Document: {
      type: 'object',
      description: 'An OpenAPI 3.1 document.',
      required: ['openapi', 'info', 'paths'],
      properties: {
        openapi: { type: 'string', pattern: '^3\\.1\\.' },
        info: { type: 'object' },
        paths: { type: 'object' },
      },
    },
  },
  operations: {
    page: {
      summary: 'The documentation for people',
      answer: { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } },
    },
    document: {
      summary: 'The documentation for programs',
      description: 'Pages of any origin may read it.',
      answer: {
        description: 'This document.',
        headers: { ETag: TAG },
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Document' } } },
      },
      others: { 304: { description: 'It is the one that `If-None-Match` names.', headers: { ETag: TAG } } },
    },
  },
};
