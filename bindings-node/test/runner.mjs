// Conformance: carries out requests read from standard input, one JSON line each, and answers with one JSON line each.
// Which requests there are, and what their answers look like, is told in tests/.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import { serialize, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Client, DruvaError, operations, raw } from "druva";
import { advanceClock } from "druva/testing";
import { camel, decode, typed } from "./typed.mjs";

/** @type {Map<string, Client>} */
const clients = new Map();

/** Where the items stand in a page of each list. */
const paths = new Map(operations().map((operation) => [operation.id, operation.items]));

const DEVICE_FIELDS = ["deviceID", "deviceName", "deviceStatus", "userID", "totalBackupDataInBytes", "lastConnected", "deviceMarkedInactive"];

/** How what came of a request looks when it is printed, and what is in it. */
let shown = [];
let whole = [];

function shows(it) {
  const deep = { showHidden: true, depth: 9 };
  shown.push(inspect(it), String(it));
  if (it instanceof Error) {
    shown.push(String(it.stack));
    // With the body, which is there to be read.
    whole.push(JSON.stringify(it), inspect(it, deep), serialize(it).toString("latin1"));
    if (it.cause !== undefined) shows(it.cause);
  } else {
    shown.push(inspect(it, deep), inspect(it, { ...deep, customInspect: false }), JSON.stringify(it));
  }
}

async function provided(path) {
  const { client_id: clientId, client_secret: clientSecret } = JSON.parse(await readFile(path, "utf8"));
  return { clientId, clientSecret };
}

const actions = {
  async open({ client, options, provide }) {
    const named = Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
    if (provide) named.credentialProvider = () => provided(provide);
    await clients.get(client)?.close();
    clients.set(client, new Client(named));
    shows(clients.get(client));
    return null;
  },

  async call(request) {
    const { client, operation, arguments: args, concurrent = 1 } = request;
    const [options, timer] = callOptions(request);
    const call = () => clients.get(client).call(operation, args, options);
    try {
      return concurrent > 1 ? await tally(Array(concurrent).fill(call)) : summary(await call());
    } finally {
      clearTimeout(timer);
    }
  },

  async pages(request) {
    const { client, operation, arguments: args, limit } = request;
    const seen = { pages: [], items: 0 };
    const [options, timer] = callOptions(request);
    try {
      const list = clients.get(client).pages(operation, args, options);
      shows(list);
      for await (const page of list.pages()) {
        const items = itemsOf(operation, page.json()).length;
        seen.pages.push(items);
        seen.items += items;
        if (seen.items >= (limit ?? Infinity)) break;
      }
      shows(list);
      return { ...seen, cursor: list.cursor };
    } catch (error) {
      throw Object.assign(error, { seen });
    } finally {
      clearTimeout(timer);
    }
  },

  async wait(request) {
    const { client, operation, arguments: args, interval } = request;
    const [options, timer] = callOptions(request);
    const states = [];
    try {
      const progress = (state) => states.push(state);
      return { ...summary(await clients.get(client).wait(operation, args, { ...options, interval, progress })), states };
    } finally {
      clearTimeout(timer);
    }
  },

  async doctor({ client }) {
    const diagnosis = await clients.get(client).doctor();
    return { ...diagnosis, text: String(diagnosis) };
  },

  async devices({ client, arguments: args }) {
    const devices = [];
    for await (const device of clients.get(client).insync.devices.list(args)) {
      const fields = DEVICE_FIELDS.map((name) => [name, device[name] ?? null]);
      devices.push({ ...Object.fromEntries(fields), raw: raw(device) });
    }
    return { devices };
  },

  async customer({ client, of = "a", id }) {
    const customer = clients.get(of).msp.customer(id);
    await clients.get(client)?.close();
    clients.set(client, customer);
    return null;
  },

  async customers({ client, operation, argument, concurrent }) {
    const { msp } = clients.get(client);
    const calls = [];
    for await (const { id } of msp.customers.list()) {
      for (let caller = 0; caller < concurrent; caller++) {
        const customer = msp.customer(id);
        calls.push(() => customer.call(operation, { [argument]: id }));
      }
    }
    return tally(calls);
  },

  typed({ client, operation, arguments: args }) {
    return typed(clients.get(client), operation, args);
  },

  decode({ type, values }) {
    return decode(type, values);
  },

  async advance({ client, seconds }) {
    advanceClock(clients.get(client), seconds);
    return null;
  },

  collect() {
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
    return null;
  },

  async show({ client }) {
    const shown = clients.get(client);
    return { text: [inspect(shown, { showHidden: true, depth: 9 }), JSON.stringify(shown), String(shown)].join("\n") };
  },

  async close({ client }) {
    await clients.get(client)?.close();
    clients.delete(client);
    return null;
  },
};

function summary(response) {
  shown.push(inspect(response), inspect(response, { showHidden: true, depth: 9 }), String(response));
  const { status, attempts } = response;
  try {
    return { status, attempts, json: response.json() };
  } catch {
    return { status, attempts, json: null, text: response.text() };
  }
}

/** The options of a call, and the timer that cancels it. */
function callOptions({ timeout, cancel_after: cancelAfter }) {
  const controller = new AbortController();
  const timer = typeof cancelAfter === "number" ? setTimeout(() => controller.abort(), cancelAfter * 1000) : undefined;
  return [{ timeout: timeout ?? undefined, signal: controller.signal }, timer];
}

async function tally(calls) {
  const results = {};
  for (const outcome of await Promise.allSettled(calls.map((call) => call()))) {
    const name = outcome.status === "fulfilled" ? "ok" : outcome.reason.name;
    results[name] = (results[name] ?? 0) + 1;
  }
  return { results };
}

function itemsOf(operation, page) {
  const path = paths.get(operation).split(".");
  return path.reduce((at, name) => at?.[name], page) ?? [];
}

function described(error) {
  shows(error);
  if (!(error instanceof DruvaError)) {
    return { class: error?.name ?? typeof error, message: String(error?.stack ?? error) };
  }
  return {
    kind: error.code.toLowerCase(),
    class: error.name,
    message: error.message,
    operation: error.operation,
    method: error.method,
    path: error.path,
    status: error.status,
    code: error.apiCode,
    retryable: error.retryable,
    attempts: error.attempts,
    may_have_been_applied: error.mayHaveBeenApplied,
    retry_after: error.retryAfter,
    hint: error.hint,
    body: error.body,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = { client: "a", ...JSON.parse(line) };
  let answer;
  try {
    answer = { ok: await actions[request.do](request) };
  } catch (error) {
    answer = { error: described(error), ...error?.seen };
  }
  if (request.show) Object.assign(answer, { shown: shown.join("\n"), whole: whole.join("\n") });
  [shown, whole] = [[], []];
  console.log(JSON.stringify(answer));
}
