"use strict";

// A program's own function that gives the credential.
//
// The core keeps it alive no more than it keeps the client: such a function often refers to the client itself, and no
// garbage collector sees the circle behind the addon. So the addon has a weak reference, and the addon's clients, which
// everything that may need a token holds on to, have the function.

const { inspect } = require("node:util");

/** @type {WeakMap<object, Asked>} by the addon's client */
const askedBy = new WeakMap();

/** @typedef {(number: number, credential?: string, failure?: string) => void} Provided */

class Asked {
  #provider;
  /** @type {{ problem: unknown, told: string } | undefined} what it threw last, and what the core was told of that */
  #thrown;

  /** @param {() => unknown} provider */
  constructor(provider) {
    this.#provider = provider;
  }

  /**
   * @param {number} number under which the answer goes back
   * @param {Provided} provided
   */
  async answer(number, provided) {
    this.#thrown = undefined;
    try {
      provided(number, JSON.stringify(credential(await this.#provider())));
    } catch (problem) {
      this.#thrown = { problem, told: String(problem) };
      provided(number, undefined, this.#thrown.told);
    }
  }

  /** @param {string} message */
  causeOf(message) {
    return this.#thrown && message.includes(this.#thrown.told) ? this.#thrown.problem : undefined;
  }
}

/**
 * A credential by the core's names.
 *
 * @param {any} given
 */
function credential(given) {
  const { clientId, clientSecret, apiKey } = given ?? {};
  if (apiKey === undefined && (clientId === undefined || clientSecret === undefined)) {
    // Nothing of what it gave is shown.
    const names = typeof given === "object" && given !== null ? `an object with ${inspect(Object.keys(given))}` : typeof given;
    throw new TypeError(`it gave ${names}, not { clientId, clientSecret } or { apiKey }`);
  }
  return { client_id: clientId, client_secret: clientSecret, api_key: apiKey };
}

/**
 * Opens a client of the addon's.
 *
 * @param {() => unknown} provider
 * @param {Provided} provided
 * @param {(ask: (number: number) => void) => object} open
 */
function asking(provider, provided, open) {
  const asked = new Asked(provider);
  const there = new WeakRef(asked);
  const client = open((number) => {
    const asked = there.deref();
    if (asked) void asked.answer(number, provided);
    else provided(number, undefined, "the client that it belongs to is gone");
  });
  askedBy.set(client, asked);
  return client;
}

/**
 * Makes a customer's client of the addon's keep what its provider's has.
 *
 * @template {object} T
 * @param {object} provider
 * @param {T} customer
 */
function passOn(provider, customer) {
  const asked = askedBy.get(provider);
  if (asked) askedBy.set(customer, asked);
  return customer;
}

/**
 * What the client's function threw that led to this error.
 *
 * @param {object} client the addon's
 * @param {string} message
 */
function thrown(client, message) {
  return askedBy.get(client)?.causeOf(message);
}

module.exports = { asking, passOn, thrown };
