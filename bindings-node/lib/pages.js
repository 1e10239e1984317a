"use strict";

const { callSite } = require("./error.js");
const { answer } = require("./lenient.js");
const { start } = require("./native.js");
const { operation: facts } = require("./operations.js");
const { Response, parsed } = require("./response.js");

/**
 * @typedef {object} Source
 * @property {any} client the addon's client
 * @property {any} pages the addon's pages
 * @property {string} operation
 * @property {AbortSignal | undefined} signal
 * @property {{ items: string, read: import("./lenient.js").Coerce }} [typed] absent: pages are responses
 */

/** A list: items by itself, pages by `pages()`. It is read once; whoever reads goes on where the last one stopped. */
class Pages {
  #source;
  /** @type {unknown[]} the items of the page that is given out item by item */
  #items = [];
  /** How many of them have been given out. */
  #given = 0;
  #ended = false;
  /** @type {Promise<unknown> | undefined} */
  #filling;
  /** @type {Promise<unknown>} settles when the page asked for last is there */
  #last = Promise.resolve();

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }

  /** @returns {string | null} */
  get cursor() {
    return this.#source.pages.cursor ?? null;
  }

  pages() {
    return iterator(() => this.#next(callSite()));
  }

  [Symbol.asyncIterator]() {
    // Not an async function: an item that is there already shall cost no more than its promise.
    /** @returns {Promise<IteratorResult<any, undefined>>} */
    const next = () => {
      if (this.#given < this.#items.length) {
        return Promise.resolve({ value: this.#items[this.#given++], done: false });
      }
      if (this.#ended) {
        return Promise.resolve({ value: undefined, done: true });
      }
      // Whoever waits for items waits for the same page.
      this.#filling ??= this.#next(callSite())
        .then((page) => this.#open(page))
        .finally(() => (this.#filling = undefined));
      return this.#filling.then(next);
    };
    return iterator(next);
  }

  /**
   * The next page; one after the other, even if the caller does not wait.
   *
   * @param {{ stack: string }} site
   * @returns {Promise<IteratorResult<any, undefined>>}
   */
  #next(site) {
    const page = this.#last.then(() => this.#fetch(site));
    this.#last = page.catch(() => {});
    return page;
  }

  /**
   * @param {{ stack: string }} site
   * @returns {Promise<IteratorResult<any, undefined>>}
   */
  async #fetch(site) {
    const { client, pages, operation, signal, typed } = this.#source;
    if (this.#ended) {
      return { value: undefined, done: true };
    }
    const asText = typed !== undefined;
    const launch = (/** @type {number} */ number) => pages.next(number, asText);
    const finish = (/** @type {any} */ body, /** @type {any} */ detail) => {
      if (body === null) {
        return undefined;
      }
      return typed ? answer(parsed(operation, body, site), typed.read) : new Response(operation, body, detail);
    };
    const page = await start({ client, operation, signal, site, launch, finish });
    if (page === undefined) {
      this.#ended = true;
      return { value: undefined, done: true };
    }
    return { value: page, done: false };
  }

  /**
   * Gives out the items of a page from now on.
   *
   * @param {IteratorResult<any, undefined>} page
   */
  #open({ value: page, done }) {
    if (!done) {
      const { operation, typed } = this.#source;
      this.#items = typed ? itemsOf(page, typed.items) : itemsOf(page.json(), facts(operation).items);
      this.#given = 0;
    }
  }
}

/**
 * @param {() => Promise<IteratorResult<any, undefined>>} next
 * @returns {AsyncIterableIterator<any>}
 */
function iterator(next) {
  return {
    next,
    return: () => Promise.resolve({ value: undefined, done: true }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * @param {any} page
 * @param {string} path the names that lead to the items, with dots between
 * @returns {unknown[]}
 */
function itemsOf(page, path) {
  const items = path.split(".").reduce((at, name) => at?.[name], page);
  return Array.isArray(items) ? items : [];
}

module.exports = { Pages };
