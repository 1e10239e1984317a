// A program's own function that gives the credential.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { AuthError, Client, ConfigError } from "druva";
import { Emulator } from "druva/testing";

v8.setFlagsFromString("--expose-gc");
const gc = vm.runInNewContext("gc");

let emulator;
let credential;

before(async () => {
  emulator = await Emulator.start({ devices: 30, customers: 3, pageSize: 10 });
  credential = () => ({ clientId: emulator.clientId, clientSecret: emulator.clientSecret });
});

after(async () => {
  await emulator.stop();
});

function client(credentialProvider, options) {
  return new Client({ credentialProvider, baseUrl: emulator.url, ...options });
}

/** Collects garbage, as often as it takes until something is gone. */
async function collected(there) {
  for (let round = 0; round < 20 && there.deref() !== undefined; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  return there.deref() === undefined;
}

test("a client in a circle with its function is collected", async () => {
  const circle = (of) => {
    const vault = { credential: () => (vault.client ? credential() : undefined) };
    vault.client = of(client(vault.credential));
    return new WeakRef(vault);
  };
  assert(await collected(circle((provider) => provider)));
  assert(await collected(circle((provider) => provider.msp.customer("made-up"))));
});

test("what is made from a client keeps its function", async () => {
  // Each of its own, so that nothing else keeps it.
  const slow = () => client(async () => new Promise((resolve) => setTimeout(resolve, 30)).then(credential));
  const call = slow().insync.devices.get(1);
  const list = slow().insync.devices.list();
  const customer = slow().msp.customer(await firstCustomer());
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  assert.equal((await call).deviceID, 1);
  let count = 0;
  for await (const _ of list) count += 1;
  assert.equal(count, 30);
  assert.equal((await customer.insync.devices.get(2)).deviceID, 2);
});

async function firstCustomer() {
  for await (const { id } of client(credential).msp.customers.list()) return id;
}

test("what the function throws is the cause", async () => {
  const problem = new RangeError("the vault is sealed");
  const sealed = client(() => Promise.reject(problem));
  const calls = [
    () => sealed.insync.devices.get(1),
    () => sealed.insync.restores.wait(1),
    () => sealed.insync.devices.list().pages().next(),
    () => sealed.insync.devices.list()[Symbol.asyncIterator]().next(),
  ];
  for (const call of calls) {
    await assert.rejects(call(), (error) => {
      assert(error instanceof AuthError);
      assert.match(error.message, /the vault is sealed/);
      assert.equal(error.cause, problem);
      return true;
    });
  }
});

test("what the function gives has JavaScript's names", async () => {
  for (const given of [undefined, "secret", {}, { clientId: "x" }, { client_id: "x", client_secret: "hidden" }]) {
    await assert.rejects(client(() => given).insync.devices.get(1), (error) => {
      assert(error instanceof AuthError);
      assert.match(error.message, /\{ clientId, clientSecret \} or \{ apiKey \}/);
      assert.doesNotMatch(error.message, /hidden/);
      return true;
    });
  }
  assert.throws(() => client("not a function"), ConfigError);
});

test("the function is called in the context in which the client was made", async () => {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const provider = () => {
    seen.push(storage.getStore());
    return credential();
  };
  const made = storage.run("made here", () => client(provider));
  await storage.run("called here", () => made.insync.devices.get(1));
  assert.deepEqual(seen, ["made here"]);
});
