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
  /** @type {any} the addon's items of the page that is given out item by item, unless all have been read */
  #page = null;
  /** @type {unknown[]} those that were read last */
  #items = [];
  /** How many of them have been given out. */
  #given = 0;
  /** @type {string | null} the cursor that fetched that page */
  #fetchedWith = null;
  /** @type {string | null} the one behind the last page */
  #behind;
  #ended = false;
  /** @type {Promise<void> | undefined} */
  #filling;
  /** @type {Promise<unknown>} settles when the page asked for last is there */
  #last = Promise.resolve();

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#behind = source.pages.cursor ?? null;
  }

  get cursor() {
    return this.#given < this.#items.length || this.#page !== null ? this.#fetchedWith : this.#behind;
  }

  pages() {
    const { pages, operation, typed } = this.#source;
    return iterator(async () => {
      const site = callSite();
      const page = await this.#next(site, {
        launch: (number) => pages.next(number, typed !== undefined),
        finish: (body, detail) => (typed ? answer(parsed(operation, body, site), typed.read) : new Response(operation, body, detail)),
      });
      return page === undefined ? END : { value: page, done: false };
    });
  }

  [Symbol.asyncIterator]() {
    // Not an async function: an item that is there already shall cost no more than its promise.
    /** @returns {Promise<IteratorResult<any, undefined>>} */
    const next = () => {
      if (this.#given < this.#items.length) {
        return Promise.resolve({ value: this.#items[this.#given++], done: false });
      }
      if (this.#ended && this.#page === null) {
        return Promise.resolve(END);
      }
      // Whoever waits for items waits for the same.
      this.#filling ??= this.#fill(this.#page === null ? callSite() : undefined).finally(() => (this.#filling = undefined));
      return this.#filling.then(next);
    };
    return iterator(next);
  }

  /**
   * Reads some more items, of the next page where this one is through.
   *
   * @param {{ stack: string } | undefined} site where it was asked for, if that takes a page
   */
  async #fill(site) {
    const { pages, operation, typed } = this.#source;
    if (site !== undefined) {
      const launch = (/** @type {number} */ number) => pages.nextItems(number);
      const finish = (/** @type {any} */ body) => {
        this.#page = body;
        this.#fetchedWith = this.#behind;
      };
      await this.#next(site, { launch, finish });
    }
    const some = this.#page?.next() ?? null;
    if (this.#page?.over) {
      this.#page = null;
    }
    if (some === null) {
      return;
    }
    const path = typed ? typed.items : facts(operation).items;
    const page = JSON.parse(pageOf(some, path));
    this.#items = itemsOf(typed ? answer(page, typed.read) : page, path);
    this.#given = 0;
  }

  /**
   * What is made of the next page, or undefined after the last one. One after the other, even if the caller does not wait.
   *
   * @param {{ stack: string }} site
   * @param {{ launch: (number: number) => void, finish: (body: any, detail: any) => any }} how
   * @returns {Promise<any>}
   */
  #next(site, { launch, finish }) {
    const { client, operation, signal } = this.#source;
    const page = this.#last.then(() => {
      if (this.#ended) {
        return undefined;
      }
      return start({
        client,
        operation,
        signal,
        site,
        launch,
        finish: (body, detail) => {
          this.#ended = body === null;
          const page = this.#ended ? undefined : finish(body, detail);
          this.#behind = this.#source.pages.cursor ?? null;
          return page;
        },
      });
    });
    this.#last = page.catch(() => {});
    return page;
  }
}

/** @type {IteratorReturnResult<undefined>} */
const END = Object.freeze({ value: undefined, done: true });

/**
 * @param {() => Promise<IteratorResult<any, undefined>>} next
 * @returns {AsyncIterableIterator<any>}
 */
function iterator(next) {
  return {
    next,
    return: () => Promise.resolve(END),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * A page of these items alone: as such they have a type.
 *
 * @param {string} items
 * @param {string} path the names that lead to them, with dots between
 */
function pageOf(items, path) {
  const names = path.split(".");
  return `${names.map((name) => `{${JSON.stringify(name)}:`).join("")}[${items}]${"}".repeat(names.length)}`;
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
