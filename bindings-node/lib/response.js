"use strict";

const { inspect } = require("node:util");
const { callSite, fromCore } = require("./error.js");
const { operation: facts } = require("./operations.js");

/** An answer as it came. */
class Response {
  #operation;

  /**
   * @param {string} operation
   * @param {Buffer} body
   * @param {string} detail
   */
  constructor(operation, body, detail) {
    const { status, headers, attempts, elapsed } = JSON.parse(detail);
    this.#operation = operation;
    /** @type {number} */
    this.status = status;
    /** @type {Record<string, string>} */
    this.headers = joined(headers);
    this.body = body;
    /** @type {number} */
    this.attempts = attempts;
    /** @type {number} */
    this.elapsed = elapsed;
  }

  text() {
    return this.body.toString("utf8");
  }

  json() {
    return parsed(this.#operation, this.text(), callSite(), this);
  }

  // Without headers and body: answers hold cookies and tokens.
  [inspect.custom]() {
    return `<Response ${this.status} ${this.#operation}, ${this.body.length} bytes>`;
  }
}

/**
 * A header that came several times is one with commas, as HTTP has it.
 *
 * @param {[string, string][]} headers
 */
function joined(headers) {
  /** @type {Record<string, string>} */
  const object = Object.create(null);
  for (const [name, value] of headers) {
    object[name] = name in object ? `${object[name]}, ${value}` : value;
  }
  return object;
}

/**
 * A body as JSON; null if it is empty, as the answers of some writes are where JSON is documented.
 *
 * @param {string} operation
 * @param {string} text
 * @param {{ stack: string }} site
 * @param {{ status?: number, attempts?: number }} [response]
 * @returns {any}
 */
function parsed(operation, text, site, { status, attempts } = {}) {
  if (text.trim() === "") {
    return null;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The engine's message quotes the answer, which may hold a secret.
    const position = /** @type {Error} */ (cause).message.match(/ at position \d+/)?.[0] ?? "";
    const message = `${operation}: the answer is no JSON${position}`;
    const applied = facts(operation).retry === "safe" ? "no" : "yes";
    const core = { class: "DecodeError", message, operation, status, attempts, may_have_been_applied: applied, body: text.slice(0, 65536) };
    throw fromCore(core, site);
  }
}

module.exports = { Response, parsed };
