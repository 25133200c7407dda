// The OpenAPI document, as much of it as this server writes.
// @see OpenAPI 3.1 §4.8 https://spec.openapis.org/oas/v3.1.1
import type { Schema } from './schema.js';

export interface Reference {
  $ref: string;
  /** Takes the place of the one that is referred to. */
  description?: string;
}

export interface ParameterObject {
  name: string;
  in: 'path' | 'query';
  description?: string;
  required?: boolean;
  schema: Schema;
  example?: string | number;
}

export interface MediaType {
  schema: Schema;
  example?: unknown;
}

export interface HeaderObject {
  description: string;
  schema: Schema;
}

export interface ResponseObject {
  description: string;
  headers?: Record<string, HeaderObject>;
  content?: Record<string, MediaType>;
}

export interface RequestBodyObject {
  required: boolean;
  content: Record<string, MediaType>;
}

/** Names of security schemes, each with the scopes that are needed. */
export type SecurityRequirement = Record<string, string[]>;

export interface OperationObject {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: ParameterObject[];
  requestBody?: RequestBodyObject;
  responses: Record<string, ResponseObject | Reference>;
  /** Empty: anybody may. */
  security: SecurityRequirement[];
}

/** Operations by method, in lower case. */
export type PathItem = Record<string, OperationObject>;

export interface OAuthFlow {
  authorizationUrl?: string;
  tokenUrl?: string;
  refreshUrl?: string;
  scopes: Record<string, string>;
}

export interface SecurityScheme {
  type: 'oauth2' | 'http';
  description: string;
  scheme?: string;
  flows?: Record<string, OAuthFlow>;
}

export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, ResponseObject>;
    securitySchemes: Record<string, SecurityScheme>;
  };
}
