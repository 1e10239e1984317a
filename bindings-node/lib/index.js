"use strict";

const { Client } = require("./client.js");
const { DruvaError } = require("./error.js");
const { raw } = require("./lenient.js");
const { native } = require("./native.js");
const { Pages } = require("./pages.js");
const { Response } = require("./response.js");

function operations() {
  return JSON.parse(native.operations());
}

/** @type {string} */
const version = native.version();

module.exports = { Client, Pages, Response, operations, raw, version, DruvaError, ...require("./api/errors.js") };
