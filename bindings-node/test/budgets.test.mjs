// What loading and compiling may cost. The least of several runs counts: whatever else the machine does adds to the others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { operations } from "druva";

const folder = fileURLToPath(new URL("..", import.meta.url));
const tsc = "node_modules/typescript/bin/tsc";
const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const products = [...new Set(operations().map(({ product }) => camel(product)))];

test('require("druva")', (context) => {
  // The goal is 5 ms, a seventh of node's start.
  within(context, starts('require("druva")', ""), 0.6, "starts of node");
});

for (const product of products) {
  test(`first use of ${product}`, (context) => {
    const used = starts(`new (require("druva").Client)({ clientId: "id", clientSecret: "secret" }).${product}`, 'require("druva")');
    within(context, used, product === "awsNative" ? 3 : 2, "starts of node");
  });
}

for (const skipLibCheck of [false, true]) {
  test(`tsc of a small program, skipLibCheck ${skipLibCheck}`, (context) => {
    const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,esnext.disposable", "--module", "nodenext", "--ignoreConfig"];
    const args = [tsc, ...options, "--types", "node", "--skipLibCheck", String(skipLibCheck), "test/types/small.mts"];
    const time = least(3, () => {
      const start = performance.now();
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
      assert.equal(status, 0, stdout);
      return performance.now() - start;
    });
    within(context, time / 1000, 3, "s");
  });
}

/** What a program takes beyond another one, in starts of node, since milliseconds are another machine's: in turn, and the least of each. */
function starts(program, beyond) {
  const programs = ["", beyond, program];
  const rounds = Array.from({ length: 7 }, () => programs.map(cpu));
  const [start, without, whole] = programs.map((_, at) => Math.min(...rounds.map((round) => round[at])));
  return (whole - without) / start;
}

/** Milliseconds of CPU that a program takes. */
function cpu(program) {
  const script = `${program}; const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", script], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return Number(stdout);
}

function least(times, measure) {
  return Math.min(...Array.from({ length: times }, measure));
}

function within(context, value, limit, unit) {
  context.diagnostic(`${value.toFixed(2)} ${unit}, at most ${limit}`);
  assert(value <= limit, `${value.toFixed(2)} ${unit} are more than ${limit}`);
}
