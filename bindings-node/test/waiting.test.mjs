import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, beforeEach, test } from "node:test";
import { ArgumentError, CancelledError, Response } from "druva";
import { Emulator } from "druva/testing";

let emulator;
let client;
let restoreID;

before(async () => {
  emulator = await Emulator.start({ devices: 10 });
  client = emulator.client();
});

after(async () => {
  await client.close();
  await emulator.stop();
});

beforeEach(async () => {
  const created = await client.insync.restores.create({ deviceID: 1, targetDeviceID: 1, restoreLocation: "Desktop" });
  [{ restoreID }] = created.restores;
});

test("a restore is waited for", async () => {
  const told = [];
  const progress = (state) => {
    told.push(state);
    emulator.advance(120);
  };
  const waiting = client.insync.restores.wait(restoreID, { interval: 0.01, progress }).then((restore) => {
    told.push("settled");
    return restore;
  });
  assert.equal((await waiting).status, "Successful");
  assert.equal(told[0], "Ongoing");
  assert.deepEqual(told.slice(-2), ["Successful", "settled"]);
  const response = await client.wait("insync.restores.get", { restoreID });
  assert(response instanceof Response);
  assert.equal(response.json().restoreID, restoreID);
});

test("what progress throws ends the wait", async () => {
  const states = [];
  const progress = (state) => {
    states.push(state);
    throw new RangeError("enough");
  };
  await assert.rejects(client.insync.restores.wait(restoreID, { interval: 60, progress }), { name: "RangeError", message: "enough" });
  assert.deepEqual(states, ["Ongoing"]);
});

test("progress is called in the context of its wait", async () => {
  const storage = new AsyncLocalStorage();
  const seen = new Set();
  const progress = () => {
    seen.add(storage.getStore());
    emulator.advance(120);
  };
  const waits = ["first", "second"].map((name) => storage.run(name, () => client.insync.restores.wait(restoreID, { interval: 0.01, progress })));
  await Promise.all(waits);
  assert.deepEqual([...seen].sort(), ["first", "second"]);
});

test("a signal ends the wait", async () => {
  const controller = new AbortController();
  const progress = () => controller.abort("enough");
  await assert.rejects(client.insync.restores.wait(restoreID, { interval: 60, signal: controller.signal, progress }), (error) => {
    assert(error instanceof CancelledError);
    assert.equal(error.cause, "enough");
    return true;
  });
});

test("what is wrong before anything is sent", async () => {
  emulator.control({ do: "clear_log" });
  for (const options of [{ interval: 0 }, { interval: -1 }, { interval: NaN }, { timeout: 0 }, { timeout: "1" }, { progress: 1 }, { every: 1 }]) {
    await assert.rejects(client.insync.restores.wait(restoreID, options), ArgumentError);
  }
  assert.deepEqual(emulator.log().requests, []);
});
