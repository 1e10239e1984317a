// How well is every laptop backed up? Counts the devices, stores a report as CSV and in SQLite, and fetches the events
// that are new since the last run.
//
//     export DRUVA_CLIENT_ID=... DRUVA_CLIENT_SECRET=... DRUVA_CLOUD=public
//     node backup_report.mjs [folder]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Client } from "druva";
import sqlite from "node-sqlite3-wasm";

const folder = process.argv[2] ?? ".";
const DAYS = 30;

const client = new Client();
try {
  mkdirSync(folder, { recursive: true });
  const { devices, pages, first } = await countDevices();
  if (first?.deviceID) {
    await showDevice(first.deviceID);
  }
  const rows = await runReport();
  writeCsv(path.join(folder, "report.csv"), rows);
  writeSqlite(path.join(folder, "report.sqlite"), rows);
  const events = await fetchNewEvents(path.join(folder, "tracker"));
  console.log(JSON.stringify({ devices, pages, report_rows: rows.length, events }));
} finally {
  await client.close();
}

async function countDevices() {
  let devices = 0;
  let pages = 0;
  /** @type {import("druva").insync.Device | undefined} */
  let first;
  for await (const page of client.insync.devices.list().pages()) {
    pages += 1;
    devices += page.devices?.length ?? 0;
    first ??= page.devices?.[0];
  }
  return { devices, pages, first };
}

/** @param {number} id */
async function showDevice(id) {
  const device = await client.insync.devices.get(id);
  const user = device.userID ? await client.insync.users.get(device.userID) : undefined;
  console.error(`${device.deviceName} (${device.deviceOS}) belongs to ${user?.emailID ?? "nobody"}`);
}

async function runReport() {
  const since = new Date(Date.now() - DAYS * 24 * 60 * 60 * 1000);
  // Without a condition on a date, a report covers the last 24 hours only.
  const filterBy = [{ fieldName: "lastUpdatedTime", operator: "GTE", value: since }];
  const rows = [];
  for await (const row of client.platform.reports.query("epLastBackupStatus", { filters: { pageSize: 500, filterBy } })) {
    rows.push(row);
  }
  return rows;
}

/** @param {Record<string, any>[]} rows */
function columnsOf(rows) {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** @param {string} file @param {Record<string, any>[]} rows */
function writeCsv(file, rows) {
  const columns = columnsOf(rows);
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))];
  writeFileSync(file, lines.map((line) => line.map(quoted).join(",") + "\r\n").join(""));
}

/** @param {unknown} value */
function quoted(value) {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {string} file @param {Record<string, any>[]} rows */
function writeSqlite(file, rows) {
  const columns = columnsOf(rows);
  const names = columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(", ");
  const database = new sqlite.Database(file);
  database.exec(`BEGIN; DROP TABLE IF EXISTS report; CREATE TABLE report (${names || "nothing"})`);
  if (rows.length > 0) {
    const insert = database.prepare(`INSERT INTO report VALUES (${columns.map(() => "?").join(", ")})`);
    for (const row of rows) {
      insert.run(columns.map((column) => stored(row[column])));
    }
    insert.finalize();
  }
  database.exec("COMMIT");
  database.close();
}

/** @param {any} value */
function stored(value) {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value ?? null);
}

/**
 * The tracker is stored after the events have been dealt with: an event may come twice, but none is lost.
 *
 * @param {string} file where the tracker is kept from run to run
 */
async function fetchNewEvents(file) {
  const tracker = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const events = client.insync.events.list({ tracker });
  let count = 0;
  for await (const event of events) {
    count += 1;
    if (event.eventState === "Failed") {
      console.error(`${event.timeStamp}: ${event.eventType} of ${event.initiator} failed`);
    }
  }
  if (events.cursor) {
    writeFileSync(file, events.cursor);
  }
  return count;
}
