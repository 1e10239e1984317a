"use strict";

const { AsyncResource } = require("node:async_hooks");
const { inspect } = require("node:util");
const { Products } = require("./api/products.js");
const optionNames = require("./api/options.js");
const { callSite, fromCore } = require("./error.js");
const { answer } = require("./lenient.js");
const { completions, guarded, native, start } = require("./native.js");
const { Pages } = require("./pages.js");
const { Response, parsed } = require("./response.js");

/** @typedef {{ timeout?: number, signal?: AbortSignal }} CallOptions */
/** @typedef {CallOptions & { interval?: number, progress?: (state: string) => void }} WaitOptions */

/** @type {(client: Client) => any} what the addon knows the client as; not for users */
let nativeOf;

/** Druva, from the outside: see types/index.d.ts, where everything public is documented. */
class Client extends Products {
  #native;

  static {
    nativeOf = (client) => client.#native;
  }

  /** @param {Record<string, unknown>} [options] what the addon knows a client as makes a client of that */
  constructor(options = {}) {
    super();
    const site = callSite();
    const open = () => {
      const { credential_provider: provider, ...others } = settings(options, site);
      const made = (/** @type {any} */ ask) => native.Client.open(completions, JSON.stringify(others), ask);
      if (provider === undefined) return made(undefined);
      return require("./credential.js").asking(callable(provider, site), native.Client.provided, made);
    };
    this.#native = options instanceof native.Client ? options : guarded(site, open);
  }

  /**
   * @param {string} operation
   * @param {object} [args]
   * @param {CallOptions} [options]
   */
  call(operation, args, options) {
    return send(this, callSite(), operation, args, options);
  }

  /**
   * @param {string} operation
   * @param {object} [args]
   * @param {WaitOptions} [options]
   */
  wait(operation, args, options) {
    return wait(this, callSite(), operation, args, options);
  }

  /**
   * @param {string} operation
   * @param {object} [args]
   * @param {CallOptions} [options]
   */
  pages(operation, args, options) {
    return list(this, callSite(), operation, args, options);
  }

  /** @param {CallOptions} [options] */
  async doctor(options) {
    const answer = await send(this, callSite(), "doctor", undefined, options);
    const { ok, findings, text } = answer.json();
    return Object.defineProperty({ ok, findings }, "toString", { value: () => text });
  }

  async close() {
    this.#native.close();
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  [inspect.custom]() {
    const shown = this.#native.describe();
    return shown ? `Client ${inspect(shown)}` : "Client { closed }";
  }
}

/**
 * The client of a provider's customer.
 *
 * @param {Client} provider
 * @param {string} customerId
 * @param {{ stack: string }} site
 */
function customerOf(provider, customerId, site) {
  if (typeof customerId !== "string") {
    throw fromCore({ class: "ArgumentError", message: `a customer's id is a string, not ${inspect(customerId)}` }, site);
  }
  const target = nativeOf(provider);
  const customer = guarded(site, () => target.customer(customerId));
  return new Client(require("./credential.js").passOn(target, customer));
}

/**
 * @param {Record<string, unknown>} options
 * @param {{ stack: string }} site
 */
function settings(options, site) {
  /** @type {Record<string, unknown>} */
  const settings = {};
  for (const [name, value] of Object.entries(options ?? {})) {
    if (!Object.hasOwn(optionNames, name)) {
      const message = `the client has no option ${name}; there are ${Object.keys(optionNames).join(", ")}`;
      throw fromCore({ class: "ConfigError", message }, site);
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw fromCore({ class: "ConfigError", message: `the option ${name} is ${value}, which is no number` }, site);
    }
    if (value !== undefined && value !== null) {
      settings[/** @type {Record<string, string>} */ (optionNames)[name]] = value;
    }
  }
  return settings;
}

/**
 * @param {unknown} provider
 * @param {{ stack: string }} site
 * @returns {() => unknown}
 */
function callable(provider, site) {
  if (typeof provider !== "function") {
    throw fromCore({ class: "ConfigError", message: "credentialProvider is not a function" }, site);
  }
  return /** @type {() => unknown} */ (provider);
}

/**
 * Sends a call. What `read` makes of the answer's JSON is promised; without it, the answer as it came.
 *
 * @param {Client} client
 * @param {{ stack: string }} site
 * @param {string} operation
 * @param {object | undefined} args
 * @param {CallOptions | undefined} options
 * @param {import("./lenient.js").Coerce} [read]
 * @returns {Promise<any>}
 */
async function send(client, site, operation, args, options, read) {
  const target = nativeOf(client);
  const { timeout, signal } = checked(operation, options, site);
  const json = written(operation, args, site);
  // One string made from the bytes and JSON.parse beat every other way to get from bytes to objects.
  const asText = read !== undefined;
  return start({
    client: target,
    operation,
    signal,
    site,
    launch: (number) => target.call(number, operation, json, timeout, asText),
    finish: (body, detail) => result(operation, site, body, detail, read),
  });
}

/**
 * Waits for the end of the work that an operation reports on; what is promised is the last answer, made as by `send`.
 *
 * @param {Client} client
 * @param {{ stack: string }} site
 * @param {string} operation
 * @param {object | undefined} args
 * @param {WaitOptions | undefined} options
 * @param {import("./lenient.js").Coerce} [read]
 * @returns {Promise<any>}
 */
async function wait(client, site, operation, args, options, read) {
  const target = nativeOf(client);
  const { interval, timeout, signal, progress } = checkedWait(operation, options, site);
  const json = written(operation, args, site);
  const asText = read !== undefined;
  return start({
    client: target,
    operation,
    signal,
    site,
    progress,
    launch: (number) => target.wait(number, operation, json, interval, timeout, asText),
    finish: (body, detail) => result(operation, site, body, detail, read),
  });
}

/**
 * @param {string} operation
 * @param {{ stack: string }} site
 * @param {any} body
 * @param {any} detail
 * @param {import("./lenient.js").Coerce} [read]
 */
function result(operation, site, body, detail, read) {
  return read ? answer(parsed(operation, body, site), read) : new Response(operation, body, detail);
}

/**
 * @param {Client} client
 * @param {{ stack: string }} site
 * @param {string} operation
 * @param {object | undefined} args
 * @param {CallOptions | undefined} options
 * @param {{ items: string, read: import("./lenient.js").Coerce }} [typed]
 */
function list(client, site, operation, args, options, typed) {
  const target = nativeOf(client);
  const { timeout, signal } = checked(operation, options, site);
  const json = written(operation, args, site);
  const pages = guarded(site, () => target.pages(operation, json, timeout));
  return new Pages({ client: target, pages, operation, signal, typed });
}

/**
 * @param {string} operation
 * @param {object | undefined} args
 * @param {{ stack: string }} site
 */
function written(operation, args, site) {
  if (args === undefined || args === null) {
    return "";
  }
  if (typeof args !== "object" || Array.isArray(args)) {
    throw bad(operation, `arguments are an object of names and values, not ${Array.isArray(args) ? "an array" : typeof args}`, site);
  }
  try {
    return JSON.stringify(args, sound);
  } catch (error) {
    throw bad(operation, `arguments cannot be written as JSON: ${/** @type {Error} */ (error).message}`, site);
  }
}

/**
 * Refuses what JSON would write as null: an argument must not be left out without a word.
 *
 * @this {any}
 * @param {string} name
 * @param {unknown} value
 */
function sound(name, value) {
  const given = this[name];
  if (typeof given === "number" ? !Number.isFinite(given) : given instanceof Date && value === null) {
    throw new TypeError(`${name} is ${given}`);
  }
  return value;
}

/**
 * @param {string} operation
 * @param {any} options
 * @param {{ stack: string }} site
 * @param {string} known
 * @returns {CallOptions}
 */
function checked(operation, options = {}, site, known = "timeout, signal") {
  const { timeout, signal, ...others } = options ?? {};
  const unknown = Object.keys(others);
  if (typeof options !== "object" || unknown.length > 0) {
    throw bad(operation, `the options are { ${known} }, not ${unknown.join(", ") || typeof options}`, site);
  }
  if (timeout !== undefined && timeout !== null && typeof timeout !== "number") {
    throw bad(operation, `timeout is a number of seconds, not ${inspect(timeout)}`, site);
  }
  if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
    throw bad(operation, "signal is no AbortSignal", site);
  }
  return { timeout: timeout ?? undefined, signal: signal ?? undefined };
}

/**
 * @param {string} operation
 * @param {any} options
 * @param {{ stack: string }} site
 * @returns {WaitOptions}
 */
function checkedWait(operation, options, site) {
  const { interval, progress, ...others } = options ?? {};
  const shared = checked(operation, others, site, "interval, timeout, signal, progress");
  if (interval !== undefined && interval !== null && typeof interval !== "number") {
    throw bad(operation, `interval is a number of seconds, not ${inspect(interval)}`, site);
  }
  if (progress !== undefined && progress !== null && typeof progress !== "function") {
    throw bad(operation, `progress is a function, not ${inspect(progress)}`, site);
  }
  // What the caller keeps for itself over its asynchronous calls (AsyncLocalStorage) is there in its function, too.
  return { ...shared, interval: interval ?? undefined, progress: progress ? AsyncResource.bind(progress) : undefined };
}

/**
 * @param {string} operation
 * @param {string} message
 * @param {{ stack: string }} site
 */
function bad(operation, message, site) {
  const core = { class: "ArgumentError", message: `${operation}: ${message}`, operation, attempts: 0, may_have_been_applied: "no" };
  return fromCore(core, site);
}

module.exports = { Client, customerOf, list, nativeOf, send, wait };
