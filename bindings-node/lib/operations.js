"use strict";

const { native } = require("./native.js");

/** @returns {any[]} every operation, each time anew: the caller may change them */
function operations() {
  return JSON.parse(native.operations());
}

/** @type {Map<string, any> | undefined} */
let byId;

/**
 * What the SDK knows of an operation that it has called.
 *
 * @param {string} id
 * @returns {any}
 */
function operation(id) {
  byId ??= new Map(operations().map((each) => [each.id, each]));
  return byId.get(id);
}

module.exports = { operation, operations };
