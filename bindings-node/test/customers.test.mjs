import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { ArgumentError, CancelledError, ServerError } from "druva";
import { Emulator } from "druva/testing";

let emulator;
let provider;
let customers;

before(async () => {
  emulator = await Emulator.start({ devices: 10 });
});

after(async () => {
  await emulator.stop();
});

beforeEach(async () => {
  emulator.control({ do: "clear_faults" });
  provider = emulator.client({ maxAttempts: 1 });
  customers = [];
  for await (const customer of provider.msp.customers.list()) customers.push(customer);
  assert(customers.length > 2);
  emulator.control({ do: "clear_log" });
});

test("many calls of a customer's clients share one token", async () => {
  const [{ id }] = customers;
  const clients = [provider.msp.customer(id), provider.msp.customer(id)];
  await Promise.all(Array.from({ length: 40 }, (_, at) => clients[at % 2].insync.devices.get(1)));
  assert.deepEqual(requests("msp.customers.create_token").length, 1);
  assert.equal(emulator.log().violations, 0);
});

test("work is done for every customer, and a failure stands in its place", async () => {
  let running = 0;
  let most = 0;
  const outcomes = await provider.msp.forEachCustomer(
    async (client, customer) => {
      most = Math.max(most, ++running);
      // Later customers are done first.
      await client.insync.devices.get(1);
      await new Promise((resolve) => setTimeout(resolve, 10 * (customers.length - customers.findIndex(({ id }) => id === customer.id))));
      running -= 1;
      if (customer.id === customers[1].id) throw new RangeError("none of mine");
      return customer.id;
    },
    { concurrency: 2 },
  );
  assert.deepEqual(outcomes.map(({ customer }) => customer), customers);
  assert.equal(outcomes[1].error.message, "none of mine");
  assert(!("value" in outcomes[1]) && !("error" in outcomes[0]));
  outcomes.splice(1, 1);
  assert.deepEqual(outcomes.map(({ value }) => value), outcomes.map(({ customer }) => customer.id));
  assert.equal(most, 2);
  assert.equal(requests("msp.customers.create_token").length, customers.length);
});

test("a customer without a token is one customer's failure", async () => {
  emulator.fault({ operation: "msp.customers.create_token", skip: 1, status: 500 });
  const outcomes = await provider.msp.forEachCustomer((client) => client.insync.devices.get(1), { concurrency: 1 });
  assert.deepEqual(outcomes.map((outcome) => "error" in outcome), customers.map((_, at) => at === 1));
});

test("nothing begins when the customers cannot be listed", async () => {
  emulator.fault({ operation: "msp.customers.list", status: 500 });
  const work = () => assert.fail("it has begun");
  await assert.rejects(provider.msp.forEachCustomer(work), ServerError);
  for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { signal: 1 }, { parallel: 2 }]) {
    await assert.rejects(provider.msp.forEachCustomer(work, options), ArgumentError);
  }
  await assert.rejects(provider.msp.forEachCustomer(), ArgumentError);
});

test("an abort lets what runs come to its end, and begins no more", async () => {
  const controller = new AbortController();
  let begun = 0;
  let ended = 0;
  const work = async () => {
    if (++begun === 2) controller.abort("enough");
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended += 1;
  };
  await assert.rejects(provider.msp.forEachCustomer(work, { concurrency: 2, signal: controller.signal }), (error) => {
    assert(error instanceof CancelledError);
    assert.equal(error.cause, "enough");
    assert.deepEqual(error.outcomes, customers.slice(0, 2).map((customer) => ({ customer, value: undefined })));
    assert(!inspect(error).includes("outcomes"));
    return true;
  });
  assert.deepEqual([begun, ended], [2, 2]);
  await assert.rejects(provider.msp.forEachCustomer(work, { signal: controller.signal }), CancelledError);
  assert.equal(begun, 2);
});

test("an abort when all work has begun takes nothing away", async () => {
  const controller = new AbortController();
  let begun = 0;
  const work = async (_, { id }) => {
    if (++begun === customers.length) controller.abort();
    return id;
  };
  const outcomes = await provider.msp.forEachCustomer(work, { signal: controller.signal });
  assert.deepEqual(outcomes.map(({ value }) => value), customers.map(({ id }) => id));
});

test("a customer's client is the customer's", async () => {
  const [{ id }] = customers;
  const customer = provider.msp.customer(id);
  assert.match(inspect(customer), new RegExp(`customer: '${id}'`));
  assert(!inspect(customer, { showHidden: true, depth: 9 }).includes(emulator.clientSecret));
  assert.throws(() => customer.msp.customer(id), ArgumentError);
  await assert.rejects(customer.msp.storageRegions.list(), ArgumentError);
  for (const wrong of ["", 12, undefined]) {
    assert.throws(() => provider.msp.customer(wrong), ArgumentError);
  }
});

test("neither client closes the other", async () => {
  const [{ id }] = customers;
  const customer = provider.msp.customer(id);
  await customer.close();
  await assert.rejects(customer.insync.devices.get(1), /closed/);
  const another = provider.msp.customer(id);
  await provider.close();
  assert.throws(() => provider.msp.customer(id), /closed/);
  assert.equal((await another.insync.devices.get(1)).deviceID, 1);
});

function requests(operation) {
  return emulator.log().requests.filter((request) => request.operation === operation);
}
