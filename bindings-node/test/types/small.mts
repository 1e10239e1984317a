// A program as users write them, for test/budgets.test.mjs: what its compiler has to load and check is measured.
import { Client } from "druva";

const client = new Client();
for await (const device of client.insync.devices.list()) {
  console.log(device.deviceName?.toUpperCase());
}
for await (const job of client.phoenix.vmware.jobs.list(1)) {
  console.log(job.status);
}
for await (const admin of client.platform.admins.list()) {
  console.log(admin);
}
