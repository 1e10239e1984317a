"use strict";

// What the generated products stand on.

const { inspect } = require("node:util");
const client = require("./client.js");
const { callSite } = require("./error.js");
const { isObject } = require("./lenient.js");
const { once } = require("./once.js");

/** @typedef {InstanceType<typeof import("./client.js").Client>} Client */
/** @typedef {import("./client.js").CallOptions} CallOptions */
/** @typedef {import("./client.js").WaitOptions} WaitOptions */
/** @typedef {import("./lenient.js").Coerce} Coerce */

/** @type {(resource: Resource) => Client} */
let clientOf;

/** A group of operations: `client.insync.devices`. */
class Resource {
  #client;

  static {
    clientOf = (resource) => resource.#client;
  }

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  [inspect.custom]() {
    return `${this.constructor.name} {}`;
  }
}

/**
 * The resource below a resource, made on first use.
 *
 * @param {Resource} parent
 * @param {string} name
 * @param {new (client: Client) => Resource} Class
 */
function below(parent, name, Class) {
  return once(parent, name, new Class(clientOf(parent)));
}

/**
 * A call. Without `read` the answer is handed over as it came.
 *
 * @param {Resource} resource
 * @param {string} operation
 * @param {object | undefined} args
 * @param {CallOptions | undefined} options
 * @param {Coerce} [read]
 */
function call(resource, operation, args, options, read) {
  return client.send(clientOf(resource), callSite(), operation, args, options, read);
}

/**
 * Waits for the end of the work that a call reports on.
 *
 * @param {Resource} resource
 * @param {string} operation
 * @param {object | undefined} args
 * @param {WaitOptions | undefined} options
 * @param {Coerce} read
 */
function wait(resource, operation, args, options, read) {
  return client.wait(clientOf(resource), callSite(), operation, args, options, read);
}

/**
 * A list.
 *
 * @param {Resource} resource
 * @param {string} operation
 * @param {object | undefined} args
 * @param {CallOptions | undefined} options
 * @param {string} items
 * @param {Coerce} read
 */
function list(resource, operation, args, options, items, read) {
  return client.list(clientOf(resource), callSite(), operation, args, options, { items, read });
}

/**
 * The arguments of a call together with those given by position. What is no object is left for the call to refuse.
 *
 * @param {object | undefined} args
 * @param {object} positional
 */
function merged(args, positional) {
  return isObject(args ?? {}) ? { ...args, ...positional } : args;
}

module.exports = { Resource, below, call, clientOf, list, merged, wait };
