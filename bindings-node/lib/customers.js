"use strict";

const { inspect } = require("node:util");
const { customerOf } = require("./client.js");
const { callSite, fromCore } = require("./error.js");
const { Resource, clientOf } = require("./resource.js");

/** @typedef {import("./resource.js").Client} Client */

/** What a managed-service provider has beside operations: see types/customers.d.ts. */
class Customers extends Resource {
  /** @param {string} customerId */
  customer(customerId) {
    return customerOf(clientOf(this), customerId, callSite());
  }

  /**
   * @param {(client: Client, customer: any) => unknown} work
   * @param {{ concurrency?: number, signal?: AbortSignal }} [options]
   */
  async forEachCustomer(work, options) {
    const site = callSite();
    if (typeof work !== "function") {
      throw bad(`work is a function, not ${inspect(work)}`, site);
    }
    const { concurrency = 8, signal, ...others } = options ?? {};
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      throw bad(`the options are { concurrency, signal }, not ${unknown}`, site);
    }
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw bad(`concurrency is a whole number from 1, not ${inspect(concurrency)}`, site);
    }
    /** @type {any} the product's class, which is generated, extends this one */
    const product = this;
    /** @type {any[]} */
    const customers = [];
    for await (const customer of product.customers.list({}, { signal })) {
      customers.push(customer);
    }
    /** @type {any[]} */
    const outcomes = [];
    let next = 0;
    const worker = async () => {
      while (next < customers.length && !signal?.aborted) {
        const at = next++;
        const customer = customers[at];
        try {
          outcomes[at] = { customer, value: await work(this.customer(customer.id), customer) };
        } catch (error) {
          outcomes[at] = { customer, error };
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, customers.length) }, worker));
    if (outcomes.length < customers.length) {
      const message = `forEachCustomer: cancelled when ${outcomes.length} of ${customers.length} customers were done`;
      const cancelled = fromCore({ class: "CancelledError", message }, site, signal?.reason);
      // As the body of an answer: not for logs, which it would fill.
      throw Object.defineProperty(cancelled, "outcomes", { value: outcomes });
    }
    return outcomes;
  }
}

/**
 * @param {string} message
 * @param {{ stack: string }} site
 */
function bad(message, site) {
  return fromCore({ class: "ArgumentError", message: `forEachCustomer: ${message}`, attempts: 0, may_have_been_applied: "no" }, site);
}

module.exports = { Customers };
