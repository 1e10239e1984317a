"use strict";

// Builds the addon from the Rust workspace around this folder and puts it at druva.node. In a package that npm
// unpacked there is no workspace: there the addon that came with it is used, if it loads.
//
// DRUVA_CARGO_PROFILE names the Cargo profile (default: release); CARGO_TARGET_DIR is Cargo's own and is honoured.

const { spawnSync } = require("node:child_process");
const { copyFileSync, existsSync, renameSync } = require("node:fs");
const path = require("node:path");

const folder = path.join(__dirname, "..");
const addon = path.join(folder, "druva.node");

/** @param {string} reason */
function fail(reason) {
  console.error(`druva: ${reason}`);
  process.exit(1);
}

/** @returns {string} the shared library that Cargo made */
function build() {
  const profile = process.env.DRUVA_CARGO_PROFILE || "release";
  const args = ["build", "--package", "druva-node", "--profile", profile, "--message-format", "json-render-diagnostics"];
  const cargo = spawnSync("cargo", args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: Infinity,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (cargo.error) {
    fail(`cargo cannot be run (${cargo.error.message}); install Rust from https://rustup.rs`);
  }
  if (cargo.status !== 0) {
    fail("cargo could not build the addon");
  }
  // Cargo itself says where the library lies: no guessing at target folders and file names.
  const files = cargo.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter((message) => message.reason === "compiler-artifact" && message.target.name === "druva_node")
    .flatMap((message) => message.filenames);
  const library = files.find((file) => /\.(so|dylib|dll)$/.test(file));
  return library ?? fail("cargo made no shared library");
}

if (existsSync(path.join(folder, "..", "core", "Cargo.toml")) && existsSync(path.join(folder, "Cargo.toml"))) {
  // Renaming leaves processes that have the old file mapped alone; copying over it would crash them.
  const fresh = `${addon}.${process.pid}`;
  copyFileSync(build(), fresh);
  renameSync(fresh, addon);
} else {
  // Better now than when a program first needs it.
  try {
    require(addon);
  } catch (error) {
    const here = `${process.platform}-${process.arch}`;
    const problem = existsSync(addon) ? `whose addon does not load on ${here} (${/** @type {Error} */ (error).message})` : "without an addon";
    fail(`this is a package ${problem}; install it from a clone of the repository, which builds one for ${here}`);
  }
}
