// Compiled, never run: the same types for CommonJS.
import druva = require("druva");
import testing = require("druva/testing");

async function main(): Promise<string | null | undefined> {
  const emulator: testing.Emulator = await testing.Emulator.start();
  const client: druva.Client = emulator.client();
  const device: druva.insync.Device = await client.insync.devices.get(12);
  // @ts-expect-error: misspelt
  device.deviceNames;
  return device.deviceName;
}

void main;
