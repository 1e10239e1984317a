"use strict";

const path = require("node:path");

/** What an error knows beside its message; a value that is not there reads as null. */
const DETAILS = /** @type {const} */ ({
  operation: "operation",
  method: "method",
  path: "path",
  status: "status",
  code: "apiCode",
  retryable: "retryable",
  attempts: "attempts",
  may_have_been_applied: "mayHaveBeenApplied",
  retry_after: "retryAfter",
  hint: "hint",
});

/** The root of every error that this package throws; the others are generated, in api/errors.js. */
class DruvaError extends Error {
  static code = "ERROR";
  static name = "DruvaError";

  /**
   * @param {string} message
   * @param {Record<string, unknown>} [details]
   * @param {ErrorOptions} [options]
   */
  constructor(message, details = {}, options) {
    super(message, options);
    // Neither is news in `console.log(error)`: the first is in the stack, the second may be long.
    Object.defineProperty(this, "name", { value: new.target.name, configurable: true, writable: true });
    Object.defineProperty(this, "body", { value: details.body ?? null, configurable: true, writable: true });
    /** @type {string} */
    this.code = new.target.code;
    for (const name of Object.values(DETAILS)) {
      if (details[name] !== undefined && details[name] !== null) {
        /** @type {any} */ (this)[name] = details[name];
      }
    }
  }

  // An error's own message is not enumerable, and a log in JSON would not have it.
  toJSON() {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}

for (const name of Object.values(DETAILS)) {
  Object.defineProperty(DruvaError.prototype, name, { value: null, configurable: true, writable: true });
}

/**
 * The error that the core described.
 *
 * @param {Record<string, any>} core
 * @param {{ stack: string }} site where the caller called
 * @param {unknown} [cause] why the caller cancelled, or what a function of the program's own threw
 */
function fromCore(core, site, cause) {
  /** @type {Record<string, unknown>} */
  const details = { body: core.body };
  for (const [theirs, ours] of Object.entries(DETAILS)) {
    details[ours] = core[theirs];
  }
  const Class = /** @type {Record<string, typeof DruvaError>} */ (require("./api/errors.js"))[core.class] ?? DruvaError;
  return calledFrom(new Class(core.message, details, cause === undefined ? undefined : { cause }), site);
}

/**
 * A defect: the addon panicked, or threw what it should not.
 *
 * @param {unknown} cause
 * @param {{ stack: string }} site
 */
function internal(cause, site) {
  const { InternalError } = require("./api/errors.js");
  return calledFrom(new InternalError(cause instanceof Error ? cause.message : String(cause), {}, { cause }), site);
}

/**
 * Remembers where the caller called: when the outcome comes, the event loop is all that is left on the stack.
 *
 * @returns {{ stack: string }}
 */
function callSite() {
  const site = { stack: "" };
  Error.captureStackTrace(site, callSite);
  return site;
}

/**
 * Makes an error's stack begin at the caller's call, this package's own frames left out.
 *
 * @template {Error} E
 * @param {E} error
 * @param {{ stack: string }} site
 * @returns {E}
 */
function calledFrom(error, site) {
  const frames = site.stack.split("\n").filter((line) => /^\s+at /.test(line) && !line.includes(__dirname + path.sep));
  error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
  return error;
}

module.exports = { DruvaError, calledFrom, callSite, fromCore, internal };
