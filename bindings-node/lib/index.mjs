// The same classes as `require("druva")` gives: there is one implementation, and it is CommonJS.
import druva from "./index.js";

export const { Client, Pages, Response, operations, raw, version, DruvaError } = druva;
export * from "./api/errors.mjs";
