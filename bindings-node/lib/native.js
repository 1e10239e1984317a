"use strict";

// The one place that talks to the addon. Calls are numbered here; their outcomes come back in batches, one wake of the
// event loop for all that finished meanwhile.

const { DruvaError, fromCore, internal } = require("./error.js");
const { onAbort } = require("./abort.js");

/** @type {any} */
const native = load();

function load() {
  try {
    // @ts-expect-error: it is built, not checked in
    return require("../druva.node");
  } catch (cause) {
    const here = `${process.platform}-${process.arch}`;
    const message = `the addon of druva cannot be loaded on ${here}; \`npm rebuild druva\` in a clone of the repository builds it`;
    throw new Error(message, { cause });
  }
}

/**
 * What to do with a state and with an outcome. It holds on to the client: a client that is only waited for must not be
 * collected.
 * @typedef {{ client: any, report: (state: string) => void, settle: (body: unknown, detail: string | undefined) => void }} Pending
 */

/** @type {Map<number, Pending>} */
const pending = new Map();
const completions = new native.Completions(drain);
let lastNumber = 0;

// The addon's own handle is unreferenced; this timer, which never does anything, keeps the process alive exactly while
// something is pending.
const alive = setInterval(() => {}, 2 ** 31 - 1).unref();

function drain() {
  const done = completions.take();
  for (let at = 0; at < done.length; at += 3) {
    const call = pending.get(done[at]);
    if (done[at + 2] === null) {
      call?.report(done[at + 1]);
      continue;
    }
    pending.delete(done[at]);
    call?.settle(done[at + 1], done[at + 2]);
  }
  if (pending.size === 0) {
    alive.unref();
  }
}

/**
 * @template T
 * @typedef {object} Start
 * @property {any} client the addon's client
 * @property {string} operation
 * @property {AbortSignal | undefined} signal
 * @property {{ stack: string }} site where the caller called
 * @property {(state: string) => void} [progress] is told the states of work; what it throws ends the wait
 * @property {(number: number) => void} launch
 * @property {(body: any, detail: any) => T} finish makes the result of an outcome that is no error
 */

/**
 * Starts something in the addon and promises its outcome.
 *
 * @template T
 * @param {Start<T>} what
 * @returns {Promise<T>}
 */
function start({ client, operation, signal, site, progress, launch, finish }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      const message = `${operation}: cancelled before anything was sent`;
      const core = { class: "CancelledError", message, operation, attempts: 0, may_have_been_applied: "no" };
      reject(fromCore(core, site, signal.reason));
      return;
    }
    const number = (lastNumber = (lastNumber + 1) >>> 0);
    const forget = signal && onAbort(signal, number, () => client.cancel(number));
    /** @type {{ error: unknown } | undefined} */
    let thrown;
    pending.set(number, {
      client,
      report(state) {
        try {
          if (!thrown) progress?.(state);
        } catch (error) {
          thrown = { error };
          client.cancel(number);
        }
      },
      settle(body, detail) {
        forget?.();
        try {
          if (thrown) {
            reject(thrown.error);
          } else if (body === undefined) {
            const core = JSON.parse(/** @type {string} */ (detail));
            reject(fromCore(core, site, causeOf(core, client, signal)));
          } else {
            resolve(finish(body, detail));
          }
        } catch (error) {
          reject(error);
        }
      },
    });
    alive.ref();
    try {
      launch(number);
    } catch (error) {
      pending.delete(number);
      if (pending.size === 0) {
        alive.unref();
      }
      forget?.();
      reject(translated(error, site));
    }
  });
}

/**
 * Why the caller cancelled, or what its credential function threw.
 *
 * @param {{ class: string, message: string }} core
 * @param {any} client
 * @param {AbortSignal | undefined} signal
 */
function causeOf(core, client, signal) {
  if (core.class === "AuthError") {
    // Loaded when it is needed: most programs have no such function.
    return require("./credential.js").thrown(client, core.message);
  }
  return core.class === "CancelledError" ? signal?.reason : undefined;
}

/**
 * Calls into the addon; what it throws becomes an error of the SDK.
 *
 * @template T
 * @param {{ stack: string }} site
 * @param {() => T} call
 * @returns {T}
 */
function guarded(site, call) {
  try {
    return call();
  } catch (error) {
    throw translated(error, site);
  }
}

/**
 * @param {any} error
 * @param {{ stack: string }} site
 */
function translated(error, site) {
  if (error instanceof DruvaError) {
    return error;
  }
  return error?.code === "Druva" ? fromCore(JSON.parse(error.message), site) : internal(error, site);
}

module.exports = { completions, guarded, native, start };
