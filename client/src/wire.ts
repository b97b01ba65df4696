/** What goes over the wire. Made by `npm run types` from the server's OpenAPI document. */

/** Every call there is. */
export type Call =
  | "DELETE /v1/session"
  | "DELETE /v1/sessions"
  | "DELETE /v1/sessions/{id}"
  | "GET /.well-known/jwks.json"
  | "GET /v1/account"
  | "GET /v1/csrf"
  | "GET /v1/revocations"
  | "GET /v1/session"
  | "GET /v1/sessions"
  | "POST /access/v1/evaluation"
  | "POST /access/v1/evaluations"
  | "POST /v1/accounts"
  | "POST /v1/session"
  | "POST /v1/session/refresh"
  | "POST /v1/session/token"
  | "PUT /v1/account/password";

/** An account, as its owner sees it. */
export type Account = {
  created_at: string;
  /** UUIDv7 */
  id: string;
  /** In canonical form */
  identifier: string;
  name?: string | null;
  roles: string[];
};

/** A session: one sign-in on one device. */
export type Session = {
  carrier: string;
  created_at: string;
  device: Device;
  /** When it ends unless it is used before */
  expires_at: string;
  /** Public: it names the session and proves nothing */
  id: string;
  seen_at: string;
};

/** From where a session began. */
export type Device = {
  address: string;
  /** What the browser said it was */
  agent?: string | null;
};

/** One of them. */
export type ListedSession = Session & {
  /** Whether it is the one that asks */
  current: boolean;
};

/** The sessions of an account. */
export type Sessions = {
  /** The latest first */
  sessions: ListedSession[];
};

/** What a person gives to get an account. */
export type SignUp = {
  carrier?: Carrier;
  /** User name or e-mail address */
  identifier: string;
  name?: string | null;
  /** 8 to 1,024 bytes, hard to guess */
  password: string;
};

/** What a person types to sign in. */
export type SignIn = {
  carrier?: Carrier;
  identifier: string;
  password: string;
};

/** The old password and the new. */
export type NewPassword = {
  current_password: string;
  /** 8 to 1,024 bytes, hard to guess */
  new_password: string;
};

/** How the session shall travel. */
export type Carrier = | "cookie"
  | "token_cookies"
  | "bearer";

/** Who is signed in, and what their client needs to act for them. Which of the optional members are there, the carrier decides. */
export type SignedInAnswer = Tokens & {
  account: Account;
  /** To be sent as `X-CSRF-Token`; for pages to hold in memory. Carriers `cookie` and `token_cookies` */
  csrf_token?: string | null;
  session: Session;
};

/** Tokens that have just been handed out. */
export type Tokens = {
  /** Carrier `bearer` */
  access_token?: string | null;
  /** Seconds until the access token expires. Carriers `token_cookies` and `bearer` */
  expires_in?: number | null;
  /** Carrier `bearer` */
  refresh_token?: string | null;
  /** `Bearer` */
  token_type?: string | null;
};

/** A CSRF token. */
export type CsrfAnswer = {
  /** To be sent as `X-CSRF-Token`; for pages to hold in memory */
  csrf_token: string;
};

/** A short token for calls to another API. */
export type AccessToken = {
  access_token: string;
  /** Seconds */
  expires_in: number;
  /** `Bearer` */
  token_type: string;
};

/** Any answer that is not a success (RFC 9457). */
export type Problem = {
  /** Never changes */
  code: | "bad_request"
  | "signed_out"
  | "token_reuse"
  | "bad_credentials"
  | "cross_site"
  | "csrf_token"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "timeout"
  | "identifier_taken"
  | "too_large"
  | "unsupported_media_type"
  | "bad_identifier"
  | "bad_name"
  | "weak_password"
  | "too_many_attempts"
  | "sign_up_closed"
  | "unavailable"
  | "busy";
  /** What to do about it, where that depends on the case */
  detail?: string | null;
  status: number;
  title: string;
  type: string;
};
