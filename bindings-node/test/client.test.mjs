import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import {
  ApiError, ArgumentError, CancelledError, Client, ConfigError, DruvaError, NotFoundError, RateLimitedError, Response, TimeoutError,
  operations,
} from "druva";
import { Emulator, advanceClock } from "druva/testing";

/** @type {Emulator} */
let emulator;
/** @type {Client} */
let client;

before(async () => {
  emulator = await Emulator.start({ devices: 100, pageSize: 40 });
  client = emulator.client({ backoff: 0.001 });
});

after(async () => {
  await client.close();
  await emulator.stop();
});

beforeEach(() => {
  emulator.control({ do: "clear_faults" });
  emulator.control({ do: "clear_log" });
});

test("a list pages by itself, and its items can be read one by one", async () => {
  const ids = [];
  const list = client.insync.devices.list();
  for await (const device of list) {
    ids.push(device.deviceID);
  }
  assert.equal(new Set(ids).size, 100);
  assert.equal(emulator.log().requests.filter((request) => request.operation === "insync.devices.list").length, 3);
  const device = await client.insync.devices.get(ids[0]);
  assert.equal(device.deviceID, ids[0]);
});

test("pages are typed answers", async () => {
  const sizes = [];
  for await (const page of client.insync.devices.list().pages()) {
    sizes.push(page.devices.length);
  }
  assert.deepEqual(sizes, [40, 40, 20]);
});

test("a second loop goes on where the first one stopped", async () => {
  const list = client.insync.devices.list();
  let count = 0;
  for await (const _ of list) {
    if (++count === 50) break;
  }
  for await (const _ of list) count += 1;
  assert.equal(count, 100);
  for await (const _ of list) count += 1;
  assert.equal(count, 100);
});

test("items go on behind a page that was taken whole", async () => {
  const list = client.insync.devices.list();
  const { value: page } = await list.pages().next();
  const ids = page.devices.map((device) => device.deviceID);
  for await (const device of list) ids.push(device.deviceID);
  assert.equal(ids.length, 100);
  assert.equal(new Set(ids).size, 100);
});

test("a cursor is not ahead of the events", async () => {
  const events = client.insync.events.list();
  for await (const { eventID } of events) {
    // From the page on that is not given out whole yet. These pages come in several pieces.
    const [again] = await take(client.insync.events.list({ tracker: events.cursor ?? undefined }), 1);
    assert.equal(again.eventID, Math.floor(eventID / 40) * 40 + 1);
    if (eventID === 85) break;
  }
  const pages = client.insync.events.list();
  for await (const page of pages.pages()) {
    const [again] = await take(client.insync.events.list({ tracker: pages.cursor ?? undefined }), 1);
    assert.equal(again.eventID, page.events.at(-1).eventID + 1);
    if (again.eventID === 81) break;
  }
});

test("items asked for at once come once each", async () => {
  const items = client.insync.devices.list()[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 105 }, () => items.next()));
  const ids = results.filter((result) => !result.done).map((result) => result.value.deviceID);
  assert.equal(new Set(ids).size, 100);
});

test("arguments are sent as Druva wants them", async () => {
  const [first] = await take(client.insync.devices.list(), 1);
  emulator.control({ do: "clear_log" });
  for await (const device of client.insync.devices.list({ userIDs: [first.userID] })) {
    assert.equal(device.userID, first.userID);
  }
  assert.deepEqual(emulator.log().requests[0].query, { userIDs: String(first.userID) });
  assert.equal(emulator.log().violations, 0);
});

test("any operation can be called by its id", async () => {
  const response = await client.call("insync.devices.list", {});
  assert(response instanceof Response);
  assert.equal(response.status, 200);
  assert.equal(response.attempts, 1);
  assert(response.elapsed > 0);
  assert(Buffer.isBuffer(response.body));
  assert.match(response.headers["content-type"], /json/);
  assert.deepEqual(JSON.parse(response.text()), response.json());
  const sizes = [];
  for await (const page of client.pages("insync.devices.list").pages()) {
    sizes.push(page.json().devices.length);
  }
  assert.deepEqual(sizes, [40, 40, 20]);
  assert.equal((await take(client.pages("insync.devices.list"), 45)).length, 45);
});

test("errors have classes, codes and facts, and point at the caller", async () => {
  const error = await failure(client.insync.devices.get(999999999));
  assert(error instanceof NotFoundError && error instanceof ApiError && error instanceof DruvaError && error instanceof Error);
  assert.equal(error.name, "NotFoundError");
  assert.equal(error.code, "NOT_FOUND");
  assert.equal(error.status, 404);
  assert.equal(error.operation, "insync.devices.get");
  assert.equal(error.method, "GET");
  assert.equal(error.mayHaveBeenApplied, "no");
  assert.equal(error.retryAfter, null);
  assert.match(error.stack.split("\n")[1], /client\.test\.mjs/);
  assert(!Object.keys(error).includes("body") && error.body.length > 0);
});

test("a rate limit is waited for, up to a point", async () => {
  emulator.fault({ operation: "insync.devices.get", status: 429, headers: { "retry-after": "3600" } });
  const error = await failure(client.insync.devices.get(1));
  assert(error instanceof RateLimitedError);
  assert.equal(error.retryAfter, 3600);
  assert.equal(error.retryable, true);
});

test("what is wrong before anything is sent", async () => {
  const wrong = [
    () => client.insync.devices.get(),
    () => client.insync.devices.get(1, { tiemout: 1 }),
    () => client.insync.devices.get(1, { timeout: "1" }),
    () => client.insync.devices.get(1, { timeout: -1 }),
    () => client.insync.devices.get(1, { signal: {} }),
    () => client.insync.devices.delete(1, 12),
    () => client.call("insync.devices.get", { deviceID: 1n }),
    () => client.call("insync.devices.got"),
    () => client.call("insync.devices.list", { userIds: [1] }),
    () => client.call("insync.devices.list", { minLastConnected: new Date(NaN) }),
    () => client.call("insync.devices.list", { userIDs: [NaN] }),
  ];
  for (const call of wrong) {
    assert((await failure(call())) instanceof ArgumentError);
  }
  assert.throws(() => client.insync.devices.list({ userIds: [1] }), ArgumentError);
  assert.throws(() => client.pages("insync.devices.get"), ArgumentError);
  assert.throws(() => new Client({ clientID: "x" }), ConfigError);
  assert.throws(() => new Client({ clientId: "x", clientSecret: "y", timeout: NaN }), ConfigError);
  assert.throws(() => new Client({ clientId: "x", clientSecret: "y", baseUrl: "nowhere" }), ConfigError);
  assert.deepEqual(emulator.log().requests, []);
});

test("a signal cancels", async () => {
  emulator.fault({ operation: "insync.devices.get", delay: 30, count: null });
  const controller = new AbortController();
  const calls = Array.from({ length: 20 }, () => failure(client.insync.devices.get(1, { signal: controller.signal })));
  setTimeout(() => controller.abort(new Error("enough")), 50);
  for (const error of await Promise.all(calls)) {
    assert(error instanceof CancelledError);
    assert.equal(error.cause.message, "enough");
  }
  const late = await failure(client.insync.devices.get(1, { signal: controller.signal }));
  assert(late instanceof CancelledError);
  assert.equal(late.attempts, 0);
});

test("a signal cancels a list", async () => {
  emulator.fault({ operation: "insync.devices.list", delay: 30, skip: 1 });
  const controller = new AbortController();
  const list = client.insync.devices.list({}, { signal: controller.signal });
  let count = 0;
  const error = await failure(
    (async () => {
      for await (const _ of list) {
        if (++count === 40) setTimeout(() => controller.abort(), 20);
      }
    })(),
  );
  assert(error instanceof CancelledError);
  assert.equal(count, 40);
});

test("a call has a deadline", async () => {
  emulator.fault({ operation: "insync.devices.get", delay: 30 });
  const error = await failure(client.insync.devices.get(1, { timeout: 0.05 }));
  assert(error instanceof TimeoutError);
});

test("many calls at once take one token", async () => {
  const fresh = emulator.client();
  const [device] = await take(client.insync.devices.list(), 1);
  const before = emulator.log().tokensMinted;
  await Promise.all(Array.from({ length: 500 }, () => fresh.insync.devices.get(device.deviceID)));
  assert.equal(emulator.log().tokensMinted - before, 1);
  advanceClock(fresh, 3600);
  emulator.advance(3600);
  await fresh.insync.devices.get(device.deviceID);
  assert.equal(emulator.log().tokensMinted - before, 2);
  await fresh.close();
});

test("an answer that is no JSON says whether it was applied", async () => {
  for (const [operation, applied] of [["insync.devices.get", "no"], ["insync.devices.disable", "yes"]]) {
    emulator.fault({ operation, status: 200, body: "done" });
    const error = await failure(client.call(operation, { deviceID: 1 }).then((response) => response.json()));
    assert.equal(error.code, "DECODE");
    assert.equal(error.attempts, 1);
    assert.equal(error.mayHaveBeenApplied, applied);
  }
});

test("a write that answers nothing has been carried out", async () => {
  emulator.fault({ operation: "insync.device_mappings.create", status: 200, body: "" });
  assert.deepEqual(await client.insync.deviceMappings.create({ deviceName: "x", emailID: "a@b.c", userName: "a", deviceIdentifierType: "uuid", deviceIdentifier: "1" }), {});
  emulator.fault({ operation: "insync.devices.disable", status: 200, body: "" });
  assert.equal((await client.insync.devices.disable(1)).json(), null);
});

test("an emulator of another cloud has clients of that cloud, and says itself what it cannot do", async () => {
  const gov = await Emulator.start({ devices: 1, cloud: "insync-gov" });
  assert.match(inspect(gov.client()), /insync-gov/);
  await gov.stop();
  const misused = await failure(Emulator.start({ devces: 1 }));
  assert(misused instanceof Error && !(misused instanceof DruvaError));
  assert.throws(() => emulator.fault({ operation: "insync.devices.fetch" }), /no operation/);
});

test("nothing secret is shown", async () => {
  const shown = emulator.client();
  await take(shown.insync.devices.list(), 1);
  for (const value of [shown, shown.insync, shown.insync.devices, shown.insync.devices.list(), emulator]) {
    for (const text of [inspect(value, { showHidden: true, depth: 9, getters: false }), JSON.stringify(value), String(value)]) {
      assert(!text.includes(emulator.clientSecret), text);
    }
  }
  assert.match(inspect(shown), /^Client \{ cloud: 'public', baseUrl: 'http:/);
  assert.equal(JSON.stringify(shown), "{}");
});

test("on CloudRanger an API key takes the place of id and secret", async () => {
  const ranger = await Emulator.start({ cloud: "cloudranger", apiKey: "key-to-hide" });
  assert.equal(ranger.apiKey, "key-to-hide");
  const shown = ranger.client();
  assert((await shown.awsNative.organizations.list()).length > 0);
  assert.equal(inspect(shown), `Client { cloud: 'cloudranger', baseUrl: '${ranger.url}' }`);
  assert(!inspect(ranger, { showHidden: true, depth: 9, getters: false }).includes("key-to-hide"));
  assert.match((await failure(shown.insync.devices.get(1))).message, /cloudranger/);
  await ranger.stop();
});

test("a closed client says so, and cancels what is on its way", async () => {
  const closing = emulator.client();
  emulator.fault({ operation: "insync.devices.get", delay: 30 });
  const pending = failure(closing.insync.devices.get(1));
  await new Promise((resolve) => setTimeout(resolve, 30));
  const list = closing.insync.devices.list();
  await closing.close();
  assert.match((await failure(take(list, 1))).message, /closed/);
  await closing[Symbol.asyncDispose]();
  assert((await pending) instanceof CancelledError);
  assert.match((await failure(closing.insync.devices.get(1))).message, /closed/);
});

test("both module systems give the same classes", () => {
  const required = createRequire(import.meta.url)("druva");
  assert.equal(required.Client, Client);
  assert.equal(required.NotFoundError, NotFoundError);
  assert.equal(createRequire(import.meta.url)("druva/testing").Emulator, Emulator);
});

test("every operation has its method", () => {
  const camel = (/** @type {string} */ name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  for (const { id, documents, paging, cursor, items } of operations()) {
    assert(documents.length > 0 && (paging === null) === (items === null), id);
    assert((paging === null) === (cursor === null), id);
    const names = id.split(".").map(camel);
    const verb = names.pop();
    const resource = names.reduce((at, name) => at[name], /** @type {any} */ (client));
    assert.equal(typeof resource[verb], "function", id);
  }
});

test("errors can be made by hand", () => {
  const error = new RateLimitedError("slow down", { status: 429, retryAfter: 2 }, { cause: 1 });
  assert.equal(error.code, "RATE_LIMITED");
  assert.equal(error.retryAfter, 2);
  assert.equal(error.cause, 1);
  assert.equal(error.operation, null);
});

async function take(list, count) {
  const items = [];
  for await (const item of list) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail("it should have failed");
}

test("errors become JSON with what they say, and clones of an error keep their message", async () => {
  emulator.fault({ operation: "insync.devices.get", status: 429, headers: { "retry-after": "1000" }, body: { said: "{authorization}" } });
  const error = await client.insync.devices.get(1).then(assert.fail, (error) => error);
  const { path, ...told } = JSON.parse(JSON.stringify({ error })).error;
  assert.match(path, /devices/);
  assert.equal(told.message, error.message);
  const expected = {
    name: "RateLimitedError", code: "RATE_LIMITED", operation: "insync.devices.get", method: "GET", status: 429,
    retryable: true, retryAfter: 1000, attempts: 1, mayHaveBeenApplied: "no",
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(told[name], value, name);
  assert.ok(!("body" in told) && !("stack" in told));
  for (const Class of Object.values(await import("druva")).filter((value) => value.prototype instanceof DruvaError)) {
    const cause = new Error("why");
    const made = new Class("what happened", { status: 500, body: "long" }, { cause });
    assert.equal(JSON.stringify(made), JSON.stringify({ name: Class.name, message: "what happened", code: Class.code, status: 500 }));
    const clone = structuredClone(made);
    assert.ok(clone instanceof Error);
    assert.equal(clone.message, "what happened");
    assert.equal(clone.cause.message, "why");
  }
});

test("clients and answers clone and become JSON without secrets", async () => {
  const response = await client.call("insync.devices.get", { deviceID: 1 });
  assert.equal(structuredClone(response).status, 200);
  assert.deepEqual(Buffer.from(structuredClone(response).body), response.body);
  const device = await client.insync.devices.get(1);
  assert.deepEqual(structuredClone(device), device);
  assert.deepEqual(JSON.parse(JSON.stringify(device)), response.json());
  // A client is a handle: nothing of it can go elsewhere.
  assert.deepEqual(structuredClone(client), {});
  assert.equal(JSON.stringify(client), "{}");
});
