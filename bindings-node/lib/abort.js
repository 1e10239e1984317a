"use strict";

// One listener for each signal, however many calls share it: Node warns of a leak at the eleventh.

/** @type {WeakMap<AbortSignal, { calls: Map<number, () => void>, listener: () => void }>} */
const watched = new WeakMap();

/**
 * Does something when the signal aborts, until the returned function is called.
 *
 * @param {AbortSignal} signal
 * @param {number} number the call's
 * @param {() => void} cancel
 * @returns {() => void}
 */
function onAbort(signal, number, cancel) {
  let watch = watched.get(signal);
  if (!watch) {
    const calls = new Map();
    watch = { calls, listener: () => [...calls.values()].forEach((each) => each()) };
    watched.set(signal, watch);
  }
  const { calls, listener } = watch;
  if (calls.size === 0) {
    signal.addEventListener("abort", listener, { once: true });
  }
  calls.set(number, cancel);
  return () => {
    if (calls.delete(number) && calls.size === 0) {
      signal.removeEventListener("abort", listener);
    }
  };
}

module.exports = { onAbort };
