// The Node clients: `client.mjs PEER SHAPE CALLS WIDTH WARMUP`, the server's URL in BENCH_URL. Every answer is looked at.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [peer, shape, calls, width, warmup] = process.argv.slice(2);
const url = process.env.BENCH_URL;
const DEVICE = "/insync/endpoints/v2/devices/7";
const DEVICES = "/insync/endpoints/v2/devices";
const PAGE_DEVICES = 4097;
const headers = { authorization: "Bearer bench-access-token-0123456789abcdef0123456789abcdef" };
const path = shape === "page" ? DEVICES : DEVICE;
// How many pages a list has.
const listed = Number(shape.match(/^list-(\d+)$/)?.[1] ?? 0);
const require = createRequire(import.meta.url);

function same(got, wanted) {
  if (got !== wanted) throw new Error(`an answer gave ${got}, not ${wanted}`);
}

function fits(answer) {
  if (shape === "page") same(answer.devices.length, PAGE_DEVICES);
  else same(answer.deviceID, 7);
}

const peers = {
  "druva-node": async () => {
    const { Client } = require(process.env.BENCH_DRUVA_NODE);
    const client = new Client({ clientId: "bench", clientSecret: "bench-secret", baseUrl: url });
    const page = async (number, of) => {
      const args = number === 1 ? { userID: of } : { pageToken: [of, number].map((one) => String(one).padStart(3, "0")).join("-") };
      return (await client.call("insync.devices.list", args)).body;
    };
    if (listed) {
      const list = async (pages) => {
        let seen = 0;
        for await (const device of client.insync.devices.list({ userID: pages })) seen += device.deviceID > 0 ? 1 : 0;
        same(seen, pages * PAGE_DEVICES);
      };
      // What a list needs is loaded before its memory is looked at: a device, and a list of none.
      await client.insync.devices.get(7);
      await list(0);
      return list;
    }
    if (shape === "fetch") {
      return async (pages) => {
        for (let number = 1; number <= pages; number++) same((await page(number, pages)).length > 1_000_000, true);
      };
    }
    if (shape === "decode") {
      const body = await page(1, 1);
      return async (pages) => {
        for (; pages > 0; pages--) same(JSON.parse(body.toString()).devices.filter((device) => device.deviceID > 0).length, PAGE_DEVICES);
      };
    }
    if (shape === "page") {
      return async () => {
        for await (const page of client.insync.devices.list().pages()) return fits(page);
      };
    }
    return async () => fits(await client.insync.devices.get(7));
  },
  fetch: async () => async () => {
    const answer = await fetch(url + path, { headers });
    same(answer.status, 200);
    fits(await answer.json());
  },
  "undici.request": async () => {
    const { request } = await import("undici");
    return async () => {
      const { statusCode, body } = await request(url + path, { headers });
      same(statusCode, 200);
      // One string and JSON.parse of it is the faster of the two ways for a page.
      fits(shape === "page" ? JSON.parse(await body.text()) : await body.json());
    };
  },
  "undici-pool": async () => {
    const { Pool } = await import("undici");
    const pool = new Pool(url, { connections: Number(width) });
    return async () => {
      const { statusCode, body } = await pool.request({ path, method: "GET", headers });
      same(statusCode, 200);
      fits(await body.json());
    };
  },
  axios: async () => {
    const { default: axios } = await import("axios");
    const { Agent } = await import("node:http");
    const client = axios.create({ baseURL: url, headers, httpAgent: new Agent({ keepAlive: true }) });
    return async () => fits((await client.get(path)).data);
  },
  got: async () => {
    const { default: got } = await import("got");
    const { Agent } = await import("node:http");
    const client = got.extend({ prefixUrl: url, headers, agent: { http: new Agent({ keepAlive: true }) } });
    return async () => fits(await client.get(path.slice(1)).json());
  },
  // The token as its users keep it, the call with fetch.
  "simple-oauth2": async () => {
    const { ClientCredentials } = await import("simple-oauth2");
    const credential = new ClientCredentials({ client: { id: "bench", secret: "bench-secret" }, auth: { tokenHost: url, tokenPath: "/token" } });
    let token = await credential.getToken({});
    return async () => {
      if (token.expired(300)) token = await credential.getToken({});
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token.token.access_token}` } });
      same(answer.status, 200);
      fits(await answer.json());
    };
  },
};

async function run(one, count) {
  if (count === 0) return;
  if (shape === "fetch" || shape === "decode") return one(count);
  if (listed) {
    for (let left = count / listed; left >= 1; left--) await one(listed);
    return;
  }
  const worker = async () => {
    for (let left = count / Number(width); left >= 1; left--) await one();
  };
  await Promise.all(Array.from({ length: Number(width) }, worker));
}

// VmRSS: what is held now; VmHWM: the most that was ever held.
function memoryKB(name) {
  return Number(readFileSync("/proc/self/status", "utf8").match(`${name}:\\s*(\\d+)`)[1]);
}

function report(cpu, wall, idle) {
  const figures = { name: peer, calls: Number(calls), wall_ns: wall, cpu_us: cpu.user + cpu.system };
  console.log(JSON.stringify({ ...figures, memory_kb: memoryKB("VmHWM") - idle }));
}

const begun = process.cpuUsage();
const started = process.hrtime.bigint();
if (shape === "require") {
  require(process.env.BENCH_DRUVA_NODE);
  report(process.cpuUsage(begun), Number(process.hrtime.bigint() - started), 0);
} else {
  const one = await peers[peer]();
  const idle = memoryKB("VmRSS");
  if (shape !== "cold") await run(one, Number(warmup));
  // The first call of a cold process counts with loading what it needs.
  const before = shape === "cold" ? begun : process.cpuUsage();
  const from = shape === "cold" ? started : process.hrtime.bigint();
  await run(one, Number(calls));
  report(process.cpuUsage(before), Number(process.hrtime.bigint() - from), idle);
}
process.exit(0);
