/// <reference types="node" />

import type { ClientOptions } from "./api/options.js";
import type { OperationId, Products } from "./api/products.js";

export * from "./api/errors.js";
export type { ClientOptions } from "./api/options.js";

/**
 * What a `credentialProvider` gives: id and secret of an API credential, or CloudRanger's API key. The function is called
 * on the event loop, in the asynchronous context (`AsyncLocalStorage`) in which the client was made. What it throws is the
 * `cause` of the `AuthError` that it leads to.
 */
export type Credential =
  | { clientId: string; clientSecret: string }
  | { apiKey: string };
export type * from "./api/products.js";
export type { CustomersCancelled, ForCustomer, ForEachCustomerOptions } from "./customers.js";
export * from "./error.js";

/** Any JSON: Druva's documents say no more. */
export type Json = any;

/** Settings of one call. */
export interface CallOptions {
  /** Deadline of the call, in seconds; replaces the client's. Of a list: for each page. */
  timeout?: number | undefined;
  /** Cancels the call: it fails with `CancelledError`, whose `cause` is the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** How to wait for work to end. */
export interface WaitOptions {
  /** Seconds between two looks. Default: 5. */
  interval?: number | undefined;
  /** Seconds to wait altogether; then `TimeoutError`, while the work goes on. Default: 3600. */
  timeout?: number | undefined;
  /** Ends the wait: it fails with `CancelledError`, whose `cause` is the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * Called with the state after each look, in the asynchronous context (`AsyncLocalStorage`) of the call. What it throws
   * ends the wait, which fails with that.
   */
  progress?: ((state: string) => void) | undefined;
}

/**
 * Druva's cloud, as one API credential sees it.
 *
 * ```js
 * const client = new Client({ clientId, clientSecret });
 * for await (const device of client.insync.devices.list()) {
 *   console.log(device.deviceName);
 * }
 * ```
 *
 * Tokens are fetched on first use, shared by all calls of the client and renewed in time. Calls may run concurrently.
 * The client holds no timer and no open handle: it keeps no process alive once its calls are done.
 */
export class Client {
  /**
   * @param options What is left out comes from the environment (`DRUVA_CLIENT_ID`, ...), then from the profile.
   * @throws {ConfigError} if something is missing or contradicts itself
   */
  constructor(options?: ClientOptions);

  /**
   * Calls any operation by its id.
   *
   * @param args its arguments by name, those of the path included; `operations()` lists them
   */
  call(operation: OperationId | (string & {}), args?: object, options?: CallOptions): Promise<Response>;

  /**
   * Waits for the end of work that an operation reports on: `wait("insync.restores.get", { restoreID: 7 })`. The end
   * may be any end: whether it is the wanted one stands in the last answer, which this gives.
   *
   * @param args the operation's arguments by name, those of the path included
   * @throws {TimeoutError} when it takes too long; the work itself goes on
   * @throws {ArgumentError} if the operation reports on no work
   */
  wait(operation: OperationId | (string & {}), args?: object, options?: WaitOptions): Promise<Response>;

  /** Reads any list by its operation's id: items are plain JSON, pages are answers as they came. */
  pages(operation: OperationId | (string & {}), args?: object, options?: CallOptions): Pages<Json, Response>;

  /**
   * Looks for what stands between this client and Druva: configuration, DNS, proxy, connection, TLS, credential,
   * permissions, clock. It gets a token if the client has none, and reads a little of each product. What it finds is no
   * error.
   *
   * ```js
   * console.log(String(await client.doctor()));
   * ```
   */
  doctor(options?: Pick<CallOptions, "signal">): Promise<Diagnosis>;

  /** Cancels what is on its way and lets go of connections and tokens. Later calls fail. */
  close(): Promise<void>;

  /** `await using client = new Client()` closes it. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Client extends Products {}

/** What stands between a client and Druva. As a string: a line for each finding. */
export interface Diagnosis {
  /** Nothing stands in the way. */
  ok: boolean;
  /** In the order of their names. */
  findings: Finding[];
  toString(): string;
}

/** One thing that the doctor looked at. */
export interface Finding {
  name: "configuration" | "dns" | "proxy" | "connect" | "tls" | "token" | "call" | "clock";
  /** `failed` stands in the way; what is `skipped` was not looked at. */
  state: "ok" | "warning" | "failed" | "skipped";
  /** What was seen. */
  message: string;
  /** What to do. */
  hint: string | null;
}

/**
 * A list. It asks for a page when its items are wanted, and not before.
 *
 * It is read once: a second loop goes on where the first one stopped, also where it stopped with an error.
 */
export class Pages<Item, Page> implements AsyncIterable<Item> {
  private constructor();

  /**
   * Where the list goes on when this is passed as its own argument (`tracker`, `pageToken`). Of an event feed it is worth
   * keeping: stored after each item, it brings some items twice rather than never, since it is the cursor that fetched a
   * page (null if that took none) while items of the page remain, and the page's own behind the last item. Of `pages()`
   * it is always that of the page that was given. Empty ones are left out.
   */
  readonly cursor: string | null;

  /** The pages instead of their items. */
  pages(): AsyncIterableIterator<Page>;

  /** The items of all pages. A page is fetched when it is asked for, from the third on while the one before is worked on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Item>;
}

/** An answer as it came. */
export class Response {
  private constructor();

  /** The HTTP status. */
  readonly status: number;
  /** Headers by lower-case name. */
  readonly headers: Record<string, string>;
  /** The body's bytes. */
  readonly body: Buffer;
  /** Requests sent, the successful one included. */
  readonly attempts: number;
  /** Seconds from the call to the whole answer. */
  readonly elapsed: number;

  /** The body as text. */
  text(): string;
  /**
   * The body as JSON, exactly as Druva sent it; null if it is empty.
   *
   * @throws {DecodeError} if it is none
   */
  json(): Json;
}

/**
 * A deep copy of a typed answer, or of any part of it, as Druva sent it.
 *
 * Typed answers are plain objects with Druva's names. A declared field of another type is read as the declared one
 * where that is plain (`"12"` as 12), else as null; an element of a list that cannot be read is left out. Fields that
 * are not declared are untouched. `raw` gives all of it back. Numbers beyond 2^53 are rounded, as everywhere in
 * JavaScript; `client.call` gives the bytes.
 */
export function raw(value: unknown): Json;

/** What the SDK knows of an argument. */
export interface Parameter {
  /** Its name in the arguments of a call. */
  name: string;
  /** Its name in the request. */
  wire: string;
  place: "path" | "query" | "header" | "body";
  /** The name of its type: `"list of integer"`. */
  type: string;
  /** Whether a call must have it. */
  required: boolean;
}

/** What the SDK knows of an operation. */
export interface Operation {
  id: OperationId | (string & {});
  method: string;
  path: string;
  /** The paths by cloud, where a cloud has another one. */
  routes: Record<string, string>;
  product: string;
  /** The clouds that serve it. */
  clouds: string[];
  /** Druva's documents that describe it: `["insync-cloud"]`. */
  documents: string[];
  params: Parameter[];
  summary: string;
  /** The type of its answer; null if the documents describe none. */
  answer: string | null;
  /** How its list goes on: by a token, a page's number, an offset, or the tracker of a feed; null if it is no list. */
  paging: "token" | "number" | "offset" | "tracker" | null;
  /** The argument that its list goes on with; null if it is no list. */
  cursor: string | null;
  /** Where the items of its list stand in an answer, with dots between names; null if it is no list. */
  items: string | null;
  /** Where the state of the work that it reports on stands in an answer; null if there is nothing to wait for. */
  state: string | null;
  /** Whether it is sent again when its outcome is unknown. */
  retry: "safe" | "idempotent" | "never";
  /** Why not to use it any more; null if it may be used. */
  deprecated: string | null;
}

/** Every operation, for programs that choose at run time. */
export function operations(): Operation[];

/** The version of this package. */
export const version: string;
