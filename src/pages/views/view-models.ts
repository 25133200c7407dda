// What each page is given: one interface a template, and the map from page names to them.
// Values are raw: templates escape them, and leave out links and images whose scheme is not allowed.
import type { ClientFace } from '../../clients/client-face.js';
import type { MessageKey, Text } from '../messages/catalogue.js';

/** Parts that every form carries. */
export interface FormView {
  /** Goes into the hidden field `csrf_token`. */
  csrfToken: string;
  /** Further hidden fields, e.g. the sealed interaction state. */
  hidden?: Readonly<Record<string, string>>;
}

/** What is wrong with a form: per field, and under `form` what belongs to no field. */
export type FieldErrors<F extends string> = Partial<Record<F | 'form', Text>>;

/** A confirmation above the page: the part of `notice.*` behind the dot. */
export type Notice = MessageKey extends infer K ? (K extends `notice.${infer N}` ? N : never) : never;

/** Pages with the bar on top: home (signed in), account, clients. */
export interface SignedInView {
  user: { username: string; name?: string };
  notice?: Notice;
}

/** `/` for somebody who is not signed in. */
export interface WelcomeView {
  signUp: boolean;
  notice?: Notice;
}

/** `/` for somebody who is. */
export interface HomeView extends SignedInView {
  /** Own clients, each linked to `/clients/:client_id`. */
  clients: readonly { clientId: string; name: string; logoUri?: string }[];
  /** Shows the link `create-client` to `/clients/new`. */
  canCreateClients: boolean;
}

/** Form `sign-in`: posts `username`, `password`. */
export interface SignInView extends FormView {
  action: string;
  username?: string;
  errors?: FieldErrors<'username' | 'password'>;
  /** The application that waits for the sign-in. */
  client?: ClientFace;
  /** During an authorization: where the form of the button `sign-in-cancel` posts `decision=cancel`. */
  cancelAction?: string;
  /** Absent when people cannot create accounts. */
  signUpUrl?: string;
  /** Somebody is signed in, but must prove it again (`prompt=login`, `max_age`). */
  reauthenticate?: boolean;
  /** They have no password to do so with: there is no form, only identity providers. */
  passwordless?: boolean;
  /** Identity providers, each with a link `sign-in-with-{name}`. */
  providers: readonly { name: string; label: string; url: string }[];
  /** Somebody came back from an identity provider whom nobody is known by: the account that they sign in to is linked. */
  connect?: { label: string; email?: string; accountExists: boolean };
}

/** Form `sign-up`: posts `username`, `email` (may be empty), `password`. */
export interface SignUpView extends FormView {
  action: string;
  signInUrl: string;
  username?: string;
  email?: string;
  errors?: FieldErrors<'username' | 'email' | 'password'>;
  client?: ClientFace;
  /** As on the page `sign-in`: those with which people get an account. */
  providers: SignInView['providers'];
}

/** Posts `decision=allow` or `decision=deny`. */
export interface ConsentView extends FormView {
  action: string;
  client: ClientFace;
  username: string;
  /** To sign in as somebody else within this request. */
  notYouUrl: string;
  /** Each in words: the description, else the catalogue's for the built-in ones, else the name itself. */
  scopes: readonly { name: string; description?: string }[];
  resources?: readonly { identifier: string; name?: string }[];
  /** Where the browser goes afterwards: the host, or the scheme of a private-use URI. */
  redirectHost?: string;
  /** The redirect stays on the user's machine (loopback or private-use scheme). */
  redirectIsLocal?: boolean;
  /** Registered by anybody, without an administrator: shows a caution. */
  selfRegistered?: boolean;
}

/** Form `device`: posts `user_code`. */
export interface DeviceView extends FormView {
  action: string;
  username: string;
  /** To sign in as somebody else and come back. */
  notYouUrl: string;
  userCode?: string;
  errors?: FieldErrors<'user_code'>;
}

/** Form `device-confirm`: posts `decision=allow` or `decision=deny`. */
export interface DeviceConfirmView extends FormView, Pick<DeviceView, 'action' | 'username' | 'notYouUrl'> {
  client: ClientFace;
  /** To be compared with what the device shows. */
  userCode: string;
  scopes: readonly { name: string; description?: string }[];
  resources?: readonly { identifier: string; name?: string }[];
  /** Registered by anybody, without an administrator: shows a caution. */
  selfRegistered?: boolean;
}

/** After the decision: people go back to their device. */
export interface DeviceDecidedView {
  allowed: boolean;
}

/** A value that can be chosen; `label` for those that the catalogue does not know (plug-ins). */
export interface Choice {
  value: string;
  selected: boolean;
  label?: string;
  /** Marked as legacy. */
  legacy?: boolean;
}

export type ClientField =
  | 'client_name'
  | 'client_uri'
  | 'redirect_uris'
  | 'scope'
  | 'grant_types'
  | 'response_types'
  | 'token_endpoint_auth_method'
  | 'jwks_uri';

/** The fields of a client, in the form as they were sent (one redirect URI a line). */
export interface ClientFormView extends FormView {
  values: { client_name?: string; client_uri?: string; redirect_uris?: string; scope?: string; jwks_uri?: string };
  /** Check boxes `grant_types`, sent once for each chosen value. */
  grantTypes: readonly Choice[];
  /** Check boxes `response_types`, sent once for each chosen value. */
  responseTypes: readonly Choice[];
  /** Select `token_endpoint_auth_method`. */
  authMethods: readonly Choice[];
  /** Named in the hint of the field `scope`. */
  availableScopes: readonly string[];
  errors?: FieldErrors<ClientField>;
}

/** Form `new-client`: posts to `/clients/new`. */
export interface ClientNewView extends SignedInView, ClientFormView {}

/** The only time that a secret is shown: after `POST /clients/new` and `POST /clients/:client_id/secrets`. */
export interface ClientCreatedView extends SignedInView {
  client: { clientId: string; name: string };
  /** Absent for a public client. Element id `client-secret`; the client id is in `client-id`. */
  secret?: string;
  issuer: string;
  /** Set when this is the new secret of an existing client; `until` is the end of the old one's overlap, if it has any. */
  rotated?: { until?: Date };
}

/** `/clients/:client_id`: form `edit-client` posts there, form `rotate-secret` posts `overlap` to `…/secrets`. */
export interface ClientView extends SignedInView, ClientFormView {
  client: { clientId: string; name: string; createdAt: Date; logoUri?: string };
  issuer: string;
  /** A client that does not authenticate with a secret gets no form to rotate it. */
  usesSecret: boolean;
  /** Live secrets that it can authenticate with, newest first. */
  secrets: readonly { createdAt: Date; expiresAt?: Date }[];
  /** How long the present secret may go on working, in seconds; 0 stops it at once. */
  overlaps: readonly { seconds: number; selected: boolean }[];
}

/** `/clients/:client_id/delete`: posts there (button `delete-client-confirm`). */
export interface ClientDeleteView extends SignedInView, FormView {
  client: { clientId: string; name: string };
}

/**
 * `/account`: form `change-password` posts `current_password` and `new_password` to `/account/password`; the others post to
 * `/account/applications/:client_id/revoke`, `/account/sessions/:id/sign-out` and `/account/sessions/sign-out-others`.
 */
export interface AccountView extends SignedInView, FormView {
  /** Is the password changed here? Not where the users are the host application's. */
  passwordForm: boolean;
  /** Without one the form sets the first, and has no `current_password`. */
  hasPassword: boolean;
  /** Accounts at identity providers; each has a form that posts to `/account/identities/:id/unlink`. */
  identities: readonly { id: string; label: string; email?: string; since: Date; lastUsedAt: Date }[];
  /** Providers that can be added; each has a form that posts to `/account/identities/:name/link`. */
  linkable: readonly { name: string; label: string }[];
  /** What went wrong at an identity provider. */
  problem?: Text;
  applications: readonly {
    clientId: string;
    client: ClientFace;
    /** Where it begins a sign-in. */
    openUrl?: string;
    scopes: readonly { name: string; description?: string }[];
    since: Date;
    lastUsedAt?: Date;
  }[];
  sessions: readonly {
    /** A public identifier, never the session's credential. */
    id: string;
    current: boolean;
    browser?: string;
    system?: string;
    address?: string;
    signedInAt: Date;
    lastUsedAt?: Date;
  }[];
  errors?: FieldErrors<'current_password' | 'new_password'>;
}

/** Form `select-account`: posts `decision=continue` (`account-continue`), or the link `account-other` to another sign-in. */
export interface SelectAccountView extends FormView {
  action: string;
  /** The application that waits. */
  client: ClientFace;
  username: string;
  name?: string;
  otherUrl: string;
}

/** Asks before signing out; posts `decision=confirm` (`logout-confirm`) or `decision=decline` (`logout-decline`). */
export interface SignOutView extends FormView {
  action: string;
  username: string;
  /** The application that asked for it. */
  client?: ClientFace;
}

/** Element id `signed-out`. */
export interface SignedOutView {
  /** Where to go on, e.g. the client's own page. */
  next?: {
    url: string;
    name: string;
    /** A redirect URI of the client, of whatever scheme: the browser goes on by itself. */
    registered?: boolean;
  };
  /** Loaded unseen, to tell the applications. */
  frames?: readonly string[];
}

/** Element id `error`. */
export interface ErrorView {
  /** A code of the protocol, or one of `error.explain.*`. */
  code: string;
  /** The request id, to quote. */
  reference: string;
  /** For the client's developer: the `error_description`. */
  description?: string;
  /** In plain words; without it the catalogue's explanation for the code. */
  explanation?: Text;
  /** The fault is the application's, not the reader's. */
  blameClient?: boolean;
  /** The page from which to begin again. */
  againUrl?: string;
}

/** Anything that needs a sentence and perhaps a way on. */
export interface MessageView {
  title: Text;
  body?: Text;
  link?: { url: string; label: Text };
}

/** A member of a query, a path, a body or an answer of the API. */
export interface ApiFieldView {
  name: string;
  /** Such as `string or null`. */
  type: string;
  /** Of a request: it must be there; of an answer: it always is. */
  required: boolean;
  description: string;
  /** Its limits in words. */
  rules: readonly Text[];
  /** The object that it holds. */
  object?: string;
}

export interface ApiOperationView {
  id: string;
  method: string;
  path: string;
  summary: string;
  description?: string;
  /** Each of them is enough; spaces mean and. Empty: anybody may. */
  scopes: readonly string[];
  parameters: readonly ApiFieldView[];
  body?: { required: boolean; fields: readonly ApiFieldView[] };
  answers: readonly { status: string; description: string; object?: string; isList?: boolean }[];
  /** JSON of a good answer. */
  example?: string;
  curl: string;
}

/** `/api/docs`: the JSON APIs in words, as `/api/docs-json` has them for programs. */
export interface ApiDocsView {
  /** In paragraphs. */
  description: readonly string[];
  version: string;
  server: string;
  /** Where the document for programs is. */
  documentUrl: string;
  /** How a program gets a token. */
  tokenCurl?: string;
  groups: readonly { name: string; description: string; operations: readonly ApiOperationView[] }[];
  /** What is answered, each with the element id `object-…`. */
  objects: readonly { name: string; description: string; fields: readonly ApiFieldView[] }[];
  errors: readonly { status: string; code: string; description: string }[];
}

/** Page (and template) name -> what it is given. */
export interface PageViews {
  welcome: WelcomeView;
  home: HomeView;
  'sign-in': SignInView;
  'sign-up': SignUpView;
  'select-account': SelectAccountView;
  consent: ConsentView;
  device: DeviceView;
  'device-confirm': DeviceConfirmView;
  'device-decided': DeviceDecidedView;
  'client-new': ClientNewView;
  'client-created': ClientCreatedView;
  client: ClientView;
  'client-delete': ClientDeleteView;
  account: AccountView;
  'sign-out': SignOutView;
  'signed-out': SignedOutView;
  error: ErrorView;
  message: MessageView;
  'api-docs': ApiDocsView;
}

export type PageName = keyof PageViews;
