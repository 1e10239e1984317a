"use strict";

const { Client } = require("./client.js");
const { DruvaError } = require("./error.js");
const { raw } = require("./lenient.js");
const { native } = require("./native.js");
const { operations } = require("./operations.js");
const { Pages } = require("./pages.js");
const { Response } = require("./response.js");

/** @type {string} */
const version = native.version();

module.exports = { Client, Pages, Response, operations, raw, version, DruvaError, ...require("./api/errors.js") };
