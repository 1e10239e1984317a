// The typed surface, called by name. What a typed field is, is what the compiler of a user is told: declarations are
// read from types/api, and a value that is not what they say is an error.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { operations, raw } from "druva";

const require = createRequire(import.meta.url);
const { answer } = require("../lib/lenient.js");

const params = new Map(operations().map((operation) => [operation.id, operation.params]));

/** Calls the method of an operation, with arguments by their names. */
export async function typed(client, operation, args) {
  const [product, ...path] = operation.split(".");
  const types = declarations(product);
  let declared = `${pascal(product)}Product`;
  let resource = client[camel(product)];
  for (const name of path.slice(0, -1).map(camel)) {
    declared = types.get(declared).get(name);
    resource = resource[name];
  }
  const method = camel(path.at(-1));
  const { positional, named } = split(operation, args);
  const called = resource[method](...positional, ...(named ? [named] : []));
  const result = types.get(declared).get(method);
  const [, type] = /^(?:Promise<|Pages<(?:Record<string, .*>|[^,]*), )(.*)>$/.exec(result);
  if (!result.startsWith("Pages<")) {
    const value = await called;
    return type === "Response" ? { status: value.status } : { read: seen(types, type, value), raw: raw(value) };
  }
  const pages = { read: [], raw: [] };
  for await (const page of called.pages()) {
    pages.read.push(seen(types, type, page));
    pages.raw.push(raw(page));
  }
  return pages;
}

/** What a model reads of each value. */
export function decode(model, values) {
  const [product, name] = model.split(".");
  const read = require(`../lib/api/${product}.js`).readers()[name];
  return values.map((value) => {
    const object = answer(value, read);
    return { read: seen(declarations(product), name, object), raw: raw(object) };
  });
}

export function camel(name) {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

function pascal(name) {
  return camel(`_${name}`);
}

/** What stands in the path is given by position, everything else by name; undefined if there is nothing else. */
function split(operation, args) {
  const byPosition = params.get(operation).filter(({ place, required }) => place === "path" && required);
  const positional = byPosition.map(({ name }) => args[name]);
  const named = { ...args };
  for (const { name } of byPosition) delete named[name];
  return { positional, named: byPosition.length < params.get(operation).length ? named : undefined };
}

/** @type {Map<string, Map<string, Map<string, string>>>} */
const files = new Map();

/** The interfaces of a product: of each, the types of its fields and the results of its methods. */
function declarations(product) {
  let interfaces = files.get(product);
  if (!interfaces) {
    const text = readFileSync(new URL(`../types/api/${product}.d.ts`, import.meta.url), "utf8");
    const code = text.replace(/^ *\/\*\*.*?\*\/\n/gms, "");
    interfaces = new Map();
    for (const [, name, body] of code.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)) {
      interfaces.set(name, new Map(body.split(/;\s*/).filter(Boolean).map(member)));
    }
    files.set(product, interfaces);
  }
  return interfaces;
}

function member(text) {
  const [, quoted, name = JSON.parse(quoted), type] = /^\s*(?:readonly )?(?:("(?:[^"\\]|\\.)*")|([\w$]+))\??(?:\(.*\))?:\s*(.*)$/s.exec(text);
  return [name, type];
}

/** The part of a value that is declared; undefined if there is nothing to see. */
function seen(types, declared, value) {
  const type = declared.trim().replace(/(\s*\| (null|undefined))+$/, "");
  if (value === null || value === undefined) {
    return undefined;
  }
  if (type === "Json") {
    return value;
  }
  if (type.endsWith("[]")) {
    expect(Array.isArray(value), type, value);
    return value.map((each) => seen(types, type.slice(0, -2).replace(/^\((.*)\)$/s, "$1"), each));
  }
  const scalar = type.includes('"') ? "string" : type;
  if (["string", "number", "boolean"].includes(scalar)) {
    expect(typeof value === scalar, type, value);
    return value;
  }
  expect(typeof value === "object" && !Array.isArray(value), type, value);
  const all = /^Record<string, (.*)>$/s.exec(type)?.[1];
  const fields = all ? Object.keys(value).map((name) => [name, all]) : [...types.get(type)];
  return Object.fromEntries(fields.map(([name, type]) => [name, seen(types, type, value[name])]));
}

function expect(sound, type, value) {
  if (!sound) {
    throw new TypeError(`declared as ${type}, but it is ${JSON.stringify(value)}`);
  }
}
