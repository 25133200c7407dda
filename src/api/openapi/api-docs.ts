// What a controller says about itself beyond what its code tells: it stands beside the controller, in a file of its own
// that is loaded with the first request for the documentation.
import { SetMetadata } from '@nestjs/common';
import type { ResponseObject } from './document.js';
import type { Schema } from './schema.js';

const API_DOCS = 'nest-authorization-server:api-docs';

/** A member of a path or a query. */
export interface ParameterDocs {
  description: string;
  example?: string | number;
  /** Adds to what the DTO says. */
  schema?: Schema;
}

/** JSON of one of the schemas. */
export interface JsonAnswer {
  /** Name of the schema. */
  schema: string;
  /** A page of a list of these. */
  isList?: boolean;
  description: string;
}

export interface OperationDocs {
  summary: string;
  description?: string;
  /** Name of the schema of the JSON body, where no DTO says what is in it. */
  body?: string;
  /** What is answered when it went well; absent: nothing. */
  answer?: JsonAnswer | ResponseObject;
  /** Answers beside it that are no refusals, by status. */
  others?: Readonly<Record<number, ResponseObject>>;
  /** When a status is answered, where that is not what it always says; a conflict is only where it is named. */
  refusals?: Readonly<Partial<Record<403 | 404 | 409 | 429, string>>>;
}

/** @template C the controller: each of its handlers is an operation */
export interface ApiDocs<C = unknown> {
  tag: string;
  description: string;
  /** Those of paths and queries, by name. */
  parameters?: Readonly<Record<string, ParameterDocs>>;
  /** What it adds to `components.schemas`. */
  schemas?: Readonly<Record<string, Schema>>;
  operations: Readonly<Record<keyof C & string, OperationDocs>>;
}

export type ApiDocsLoader = () => Promise<ApiDocs>;

/** Tells where the words for a controller are. */
export function Documented(load: ApiDocsLoader): ClassDecorator {
  return SetMetadata(API_DOCS, load);
}

export function apiDocsOf(controller: object): ApiDocsLoader | undefined {
  return Reflect.getMetadata(API_DOCS, controller) as ApiDocsLoader | undefined;
}
