"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { raw } = require("druva");
const { Emulator } = require("druva/testing");

test("CommonJS has it all", async () => {
  const emulator = await Emulator.start({ devices: 3 });
  const client = emulator.client();
  const names = [];
  for await (const device of client.insync.devices.list()) {
    names.push(device.deviceName);
  }
  assert.equal(names.length, 3);
  await client.close();
  await emulator.stop();
});

test("fields are read as they are declared, and come back as they came", async () => {
  const emulator = await Emulator.start({ devices: 1 });
  const client = emulator.client();
  const sent = {
    deviceID: "12",
    deviceName: 7,
    deviceMarkedInactive: "False",
    userID: "many",
    totalBackupDataInBytes: 1.5,
    lastConnected: null,
    fieldOfTomorrow: { a: [1, null] },
  };
  emulator.fault({ operation: "insync.devices.list", status: 200, body: { devices: [sent, null, "none"], totalSize: "1" } });
  const [page] = await all(client.insync.devices.list().pages());
  assert.equal(page.totalSize, 1);
  assert.deepEqual(page.devices, [
    {
      deviceID: 12,
      deviceName: "7",
      deviceMarkedInactive: false,
      userID: null,
      totalBackupDataInBytes: null,
      lastConnected: null,
      fieldOfTomorrow: { a: [1, null] },
    },
  ]);
  assert.deepEqual(raw(page.devices[0]), sent);
  assert.deepEqual(raw(page), { devices: [sent, null, "none"], totalSize: "1" });
  await client.close();
  await emulator.stop();
});

test("an answer of another kind altogether reads as empty", async () => {
  const emulator = await Emulator.start({ devices: 1 });
  const client = emulator.client();
  emulator.fault({ operation: "insync.devices.get", status: 200, body: ["what"] });
  const device = await client.insync.devices.get(1);
  assert.equal(device.deviceName, undefined);
  assert.deepEqual(raw(device), ["what"]);
  await client.close();
  await emulator.stop();
});

async function all(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}
