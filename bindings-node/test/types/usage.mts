// Compiled, never run: what TypeScript must accept and refuse.
import { CancelledError, Client, DruvaError, NotFoundError, Pages, RateLimitedError, operations, raw } from "druva";
import type { CustomersCancelled, ErrorCode, ForCustomer, OperationId, Response, insync, platform } from "druva";
import { Emulator, advanceClock } from "druva/testing";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

await using client = new Client({ clientId: "id", clientSecret: "secret", cloud: "public", timeout: 30 });
// @ts-expect-error: the option is called clientId
new Client({ clientID: "id" });
// @ts-expect-error: times are numbers of seconds
new Client({ timeout: "30s" });

const device = await client.insync.devices.get(12, { timeout: 5, signal: AbortSignal.timeout(1000) });
same<typeof device, insync.Device>(true);
same<typeof device.deviceName, string | null | undefined>(true);
same<typeof device.deviceID, number | null | undefined>(true);
same<typeof device.deviceMarkedInactive, boolean | null | undefined>(true);
// @ts-expect-error: misspelt
device.devicename;
// @ts-expect-error: may be absent
device.deviceName.length;
device.deviceStatus = "one that is not documented";
if (device.deviceStatus === "enabled") {
  raw(device).fieldOfTomorrow;
}

const userIDs: readonly number[] = [1, 2];
const devices = client.insync.devices.list({ userIDs });
same<typeof devices, Pages<insync.Device, insync.DeviceList>>(true);
for await (const each of devices) {
  same<typeof each, insync.Device>(true);
}
for await (const page of client.insync.devices.list().pages()) {
  same<typeof page.devices, insync.Device[] | null | undefined>(true);
}
const cursor: string | null = devices.cursor;
const events: Pages<insync.Event, insync.EventList> = client.insync.events.list(cursor === null ? {} : { tracker: cursor });

// @ts-expect-error: a misspelt argument
client.insync.devices.list({ userIds: [1] });
// @ts-expect-error: no such resource
client.insync.gadgets;
// @ts-expect-error: the id is missing
client.insync.devices.get();

const conditions = [{ fieldName: "lastBackupTime", operator: "GTE", value: "2026-01-01T00:00:00Z" }] as const;
client.platform.reports.query("epLastBackupStatus", { filters: { filterBy: conditions } });
const rows: Pages<Record<string, any>, platform.ReportPage> = client.platform.reports.query("epLastBackupStatus", {
  filters: { pageSize: 500, filterBy: [{ fieldName: "lastBackupTime", operator: "GTE", value: "2026-01-01T00:00:00Z" }] },
});

const restore: insync.Restore = await client.insync.restores.wait(7, { interval: 1, progress: (state) => state.length });
const waited: Response = await client.wait("insync.restores.get", { restoreID: 7 }, { signal: AbortSignal.timeout(1000) });
// @ts-expect-error: nothing to wait for
client.insync.devices.wait(7);

const customer: Client = client.msp.customer("id");
const outcomes = await client.msp.forEachCustomer(async (client, { accountName }) => {
  same<typeof client, Client>(true);
  same<typeof accountName, string | null | undefined>(true);
  return (await client.insync.devices.get(1)).deviceID ?? 0;
});
same<typeof outcomes, ForCustomer<number>[]>(true);
for (const outcome of outcomes) {
  if ("error" in outcome) {
    same<typeof outcome.error, unknown>(true);
  } else {
    same<typeof outcome.value, number>(true);
  }
}
const lengths: ForCustomer<string>[] = await client.msp.forEachCustomer(() => "plain", { concurrency: 2, signal: AbortSignal.timeout(1) });
// @ts-expect-error: misspelt
client.msp.forEachCustomer(() => 1, { concurency: 2 });

try {
  await client.msp.forEachCustomer(() => 1, { signal: AbortSignal.timeout(1) });
} catch (error) {
  if (error instanceof CancelledError) {
    same<CustomersCancelled<number>["outcomes"], ForCustomer<number>[]>(true);
    const { outcomes } = error as CustomersCancelled<number>;
  }
}

const id: OperationId = "insync.devices.get";
const response: Response = await client.call(id, { deviceID: 12 }, { timeout: 1 });
same<typeof response.body, Buffer>(true);
const text: string = response.text();
await client.call("insync.of.tomorrow");
// @ts-expect-error: no such id
const wrong: OperationId = "insync.devices.got";
const ids: string[] = operations().map((operation) => operation.id);

try {
  await events[Symbol.asyncIterator]().next();
} catch (error) {
  if (error instanceof RateLimitedError) {
    const wait: number | null = error.retryAfter;
  } else if (error instanceof DruvaError) {
    const code: ErrorCode = error.code;
    const applied: "no" | "unknown" | "yes" | null = error.mayHaveBeenApplied;
    // @ts-expect-error: no such code
    if (error.code === "RATE_LIMIT") throw error;
  }
}
const made: NotFoundError = new NotFoundError("gone", { status: 404, operation: "insync.devices.get" });
// @ts-expect-error: Pages come from a client
new Pages();

await using emulator = await Emulator.start({ devices: 10, customers: 3, tokenTtl: 60, expiredStatus: 403 });
emulator.fault({ operation: "insync.devices.list", status: 429, headers: { "retry-after": "1" } });
advanceClock(emulator.client({ maxAttempts: 1 }), 60);
const minted: number = emulator.log().tokensMinted;
