"use strict";

/**
 * Replaces a getter by the value it made, unseen by JSON and inspection.
 *
 * @template T
 * @param {object} object
 * @param {string} name
 * @param {T} value
 * @returns {T}
 */
function once(object, name, value) {
  Object.defineProperty(object, name, { value });
  return value;
}

module.exports = { once };
