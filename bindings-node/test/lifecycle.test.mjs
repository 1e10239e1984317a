import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Emulator } from "druva/testing";

const folder = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** Runs a module of its own process; gives what it printed. */
async function script(source) {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", source], { cwd: folder, timeout: 20_000 });
  return stdout.trim();
}

test("a process ends when its calls are done", async () => {
  const printed = await script(`
    import { Emulator } from "druva/testing";
    const emulator = await Emulator.start({ devices: 3 });
    const client = emulator.client();
    console.log((await client.call("insync.devices.list")).status);
  `);
  assert.equal(printed, "200");
});

test("a process waits for a call that is on its way", async () => {
  const printed = await script(`
    import { Emulator } from "druva/testing";
    const emulator = await Emulator.start({ devices: 3 });
    emulator.fault({ operation: "insync.devices.list", delay: 0.3 });
    emulator.client().call("insync.devices.list").then((response) => console.log(response.status));
  `);
  assert.equal(printed, "200");
});

test("a client that is only waited for is not collected", async () => {
  const printed = await script(`
    import v8 from "node:v8";
    import { Emulator } from "druva/testing";
    v8.setFlagsFromString("--expose-gc");
    const gc = (await import("node:vm")).runInNewContext("gc");
    const emulator = await Emulator.start({ devices: 3 });
    emulator.fault({ operation: "insync.devices.list", delay: 0.3 });
    const call = emulator.client().call("insync.devices.list");
    setTimeout(gc, 50);
    setTimeout(gc, 150);
    console.log((await call).status);
  `);
  assert.equal(printed, "200");
});

test("worker threads come and go, also with calls on their way", async () => {
  const emulator = await Emulator.start({ devices: 3 });
  emulator.fault({ operation: "insync.devices.get", delay: 1, count: null });
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { Client } = require("druva");
    const client = new Client(workerData);
    client.call("insync.devices.list").then((response) => {
      for (let n = 0; n < 50; n++) client.insync.devices.get(n).catch(() => {});
      parentPort.postMessage(response.status);
    });
  `;
  const workerData = { clientId: emulator.clientId, clientSecret: emulator.clientSecret, baseUrl: emulator.url };
  const round = async () => {
    const worker = new Worker(source, { eval: true, workerData });
    const status = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    await worker.terminate();
    return status;
  };
  for (let n = 0; n < 5; n++) {
    assert.deepEqual(await Promise.all([round(), round()]), [200, 200]);
  }
  // What the workers left behind is answered now; nobody may trip over it.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const client = emulator.client();
  assert.equal((await client.call("insync.devices.list")).status, 200);
  await client.close();
  await emulator.stop();
});

/** How a process ends that has begun 50 calls, and then does `end`; what it printed to standard error besides. */
async function ending(end, { delay = 60 } = {}) {
  const source = `
    import { Worker } from "node:worker_threads";
    import { Emulator } from "druva/testing";
    const emulator = await Emulator.start({ devices: 3 });
    emulator.fault({ operation: "insync.devices.get", delay: ${delay}, count: null });
    const client = emulator.client();
    const arrived = () => emulator.control({ do: "log" }).requests.length;
    const calls = [...Array(50).keys()].map((n) => client.insync.devices.get(1).catch(() => {}));
    while (arrived() < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    ${end}
  `;
  try {
    await run(process.execPath, ["--input-type=module", "--eval", source], { cwd: folder, timeout: 20_000 });
    return { code: 0, stderr: "" };
  } catch (error) {
    return { code: error.code, signal: error.signal, stderr: error.stderr };
  }
}

test("process.exit ends a process in the middle of calls", async () => {
  assert.deepEqual(await ending("process.exit(5);"), { code: 5, signal: null, stderr: "" });
  assert.deepEqual(await ending("process.exitCode = 6; process.exit();"), { code: 6, signal: null, stderr: "" });
  assert.deepEqual(await ending(`process.on("exit", () => client.insync.devices.get(2)); process.exit(7);`), { code: 7, signal: null, stderr: "" });
  const thrown = await ending(`setTimeout(() => { throw new Error("of the program's own"); });`);
  assert.equal(thrown.code, 1);
  assert.match(thrown.stderr, /of the program's own/);
});

test("process.exit while answers arrive", async () => {
  for (let round = 0; round < 5; round++) {
    const exit = `setTimeout(() => process.exit(8), ${10 * round});`;
    assert.deepEqual(await ending(exit, { delay: 0.03 }), { code: 8, signal: null, stderr: "" });
  }
});

test("process.exit of a worker, and of the process while workers are in calls", async () => {
  const worker = (then) => `
    const workerData = { clientId: emulator.clientId, clientSecret: emulator.clientSecret, baseUrl: emulator.url };
    const source = \`
      import { workerData, parentPort } from "node:worker_threads";
      import { Client } from "druva";
      const client = new Client(workerData);
      for (let n = 0; n < 20; n++) client.insync.devices.get(1).catch(() => {});
      parentPort.on("message", () => process.exit(9));
    \`;
    const before = arrived();
    const workers = [1, 2, 3].map(() => new Worker(source, { eval: true, workerData }));
    while (arrived() < before + 30) await new Promise((resolve) => setTimeout(resolve, 5));
    ${then}
  `;
  const both = `
    workers.forEach((worker) => worker.postMessage("end"));
    const codes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on("exit", resolve))));
    process.exit(codes.join() === "9,9,9" ? 10 : 1);
  `;
  assert.deepEqual(await ending(worker(both)), { code: 10, signal: null, stderr: "" });
  assert.deepEqual(await ending(worker("process.exit(11);")), { code: 11, signal: null, stderr: "" });
});

test("a product is loaded when it is first used", async () => {
  const printed = await script(`
    import { createRequire } from "node:module";
    import { Client } from "druva";
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((file) => file.endsWith("insync.js")).length;
    const client = new Client({ clientId: "a", clientSecret: "b", baseUrl: "http://127.0.0.1:1" });
    const before = loaded();
    client.insync.devices;
    console.log(before, loaded());
  `);
  assert.equal(printed, "0 1");
});
