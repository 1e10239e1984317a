import type { Client, ClientOptions, Json, OperationId } from "./index.js";

/** Settings of an emulator. */
export interface EmulatorOptions {
  /** The port on loopback. Default: any free one. */
  port?: number;
  /** The same seed makes the same data. Default: 1. */
  seed?: number;
  /** How many devices there are. Default: 10000. */
  devices?: number;
  /** How many users there are. Default: two for every five devices. */
  users?: number;
  /** How many customers a provider has. Default: 25. */
  customers?: number;
  /** The id that is accepted. Default: one with `/`, `+` and `=`, as Druva's have. */
  clientId?: string;
  /** The secret that is accepted; likewise. */
  clientSecret?: string;
  /** How long a token lives, in seconds. Default: 1800, on `insync-gov` 900. */
  tokenTtl?: number;
  /** The most records in an answer. Default: 4097. */
  pageSize?: number;
  /** The API key that is accepted on CloudRanger. Default: one that follows from the seed. */
  apiKey?: string;
  /** The cloud it plays; operations of others are not there. Default: `public`. */
  cloud?: "public" | "insync-gov" | "gov" | "cloudranger";
  /** How an expired token is answered. Default: 401. */
  expiredStatus?: 401 | 403;
}

/** How the next matching requests are answered instead of properly. */
export interface Fault {
  /** The operation it is for; `"token"` is the token endpoint, `"*"` everything. Default: `"*"`. */
  operation?: OperationId | "token" | "*" | (string & {});
  /** Matching requests that are let through first. Default: 0. */
  skip?: number;
  /** How many are answered so; null means all from then on. Default: 1. */
  count?: number | null;
  /** How likely each one is hit, from 0 to 1. Default: 1. */
  probability?: number;
  /** Seconds to wait first. Default: 0. */
  delay?: number;
  /** The status to answer with, 200 included. */
  status?: number;
  /** Headers to answer with. */
  headers?: Record<string, string>;
  /** The body to answer with. */
  body?: Json;
  /** Break the connection: before the request is served, after it, in the middle of the answer's head or body. */
  drop?: "before" | "after" | "headers" | "body";
  /** Cut the body off after so many bytes. */
  truncate?: number;
  /** Answer what is no HTTP. */
  garbage?: boolean;
  /** Serve the request before answering so. */
  apply?: boolean;
}

/** A request that the emulator received. */
export interface LoggedRequest {
  /** Its number, from 1. */
  n: number;
  /** Its operation; `"token"` is the token endpoint; null if there is none. */
  operation: string | null;
  method: string;
  path: string;
  query: Json;
  /** By lower-case name; credentials are left out. */
  headers: Record<string, string>;
  body: Json;
  /** The status it was answered with. */
  status: number;
  /** Whether a fault answered it. */
  fault: boolean;
  /** Why Druva's documents do not allow it, if they do not. */
  violation: string | null;
}

/**
 * Druva on loopback: tokens, every operation, consistent data, real paging. It runs inside the process on a thread of
 * its own.
 *
 * ```js
 * await using emulator = await Emulator.start({ devices: 100 });
 * const client = emulator.client();
 * ```
 */
export class Emulator {
  private constructor();

  static start(options?: EmulatorOptions): Promise<Emulator>;

  /** Where it listens; a client's `baseUrl`. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** On the cloud cloudranger. */
  readonly apiKey: string;

  /** A client for it. */
  client(options?: ClientOptions): Client;
  /**
   * Carries out any command, `{ do: "revoke" }` for one.
   *
   * @throws {Error} if it does not know the command
   */
  control(command: { do: string; [setting: string]: unknown }): Json;
  /** What it received so far. */
  log(): { requests: LoggedRequest[]; tokensMinted: number; violations: number };
  /** Moves its clock forward. */
  advance(seconds: number): void;
  /** Answers the next matching requests otherwise. Several faults take their turns. */
  fault(fault: Fault): void;
  /** Stops it; a second time does nothing. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Moves a client's clock forward by seconds, so that its tokens age without waiting. */
export function advanceClock(client: Client, seconds: number): void;
