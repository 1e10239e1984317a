// What npm packs, and what it says where the package does not fit.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const here = `${process.platform}-${process.arch}`;

/** As npm unpacks it, without the workspace around it. */
const unpacked = mkdtempSync(path.join(tmpdir(), "druva-"));
after(() => rmSync(unpacked, { recursive: true }));
for (const name of ["lib", "scripts"]) cpSync(path.join(folder, name), path.join(unpacked, name), { recursive: true });

function node(...args) {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: unpacked, encoding: "utf8" });
  return { status, stderr };
}

test("the licences are packed, and are the project's", () => {
  const packed = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: folder, encoding: "utf8" });
  const files = JSON.parse(packed.stdout)[0].files.map((file) => file.path);
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    assert(files.includes(name), name);
    assert.equal(readFileSync(path.join(folder, name), "utf8"), readFileSync(path.join(folder, "..", name), "utf8"));
  }
});

test("a package without an addon, and one with another platform's, say so when they are installed", () => {
  const without = node("scripts/build.js");
  assert.equal(without.status, 1);
  assert.match(without.stderr, new RegExp(`without an addon.*builds one for ${here}`));
  writeFileSync(path.join(unpacked, "druva.node"), "of another platform");
  const wrong = node("scripts/build.js");
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, new RegExp(`does not load on ${here}`));
  assert.match(node("-e", 'require("./lib/index.js")').stderr, new RegExp(`cannot be loaded on ${here}`));
  cpSync(path.join(folder, "druva.node"), path.join(unpacked, "druva.node"));
  assert.deepEqual(node("scripts/build.js"), { status: 0, stderr: "" });
});
