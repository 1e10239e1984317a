import type { ErrorCode } from "./api/errors.js";

/** What an error can be made with, for tests of programs that handle errors. */
export type DruvaErrorDetails = Partial<Omit<DruvaError, keyof Error | "code" | "toJSON">>;

/**
 * Anything that went wrong in this SDK. Every other class derives from it. The stack begins at the caller's call;
 * what is not known is null.
 */
export class DruvaError extends Error {
  constructor(message: string, details?: DruvaErrorDetails, options?: ErrorOptions);

  /** Which kind of error this is, the same for each class: `"RATE_LIMITED"`. */
  readonly code: ErrorCode;
  /** The operation: `"insync.devices.list"`. */
  readonly operation: string | null;
  /** The HTTP method of the request. */
  readonly method: string | null;
  /** The path of the request. */
  readonly path: string | null;
  /** The HTTP status, if an answer came. */
  readonly status: number | null;
  /** Druva's own code: `"InsyncEndpoints-1006"`. */
  readonly apiCode: string | null;
  /** Whether trying again may help. */
  readonly retryable: boolean | null;
  /** How many requests were sent, the first included. */
  readonly attempts: number | null;
  /** Whether Druva may have done what was asked in spite of the error. */
  readonly mayHaveBeenApplied: "no" | "unknown" | "yes" | null;
  /** Seconds that Druva asks to wait. */
  readonly retryAfter: number | null;
  /** What to do about it. */
  readonly hint: string | null;
  /**
   * The body of the answer as text, at most 64 KiB; not shown by `console.log`. What it quotes of the request's secrets
   * reads `***`.
   */
  readonly body: string | null;

  /**
   * For `JSON.stringify`: name, message, and what is known of the above, without body, stack and cause.
   * `structuredClone` knows no classes: it keeps message, stack and cause, and loses the rest.
   */
  toJSON(): { name: string; message: string; code: ErrorCode } & DruvaErrorDetails;
}
