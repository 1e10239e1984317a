"use strict";

const { Client, nativeOf } = require("./client.js");
const { callSite } = require("./error.js");
const { guarded, native } = require("./native.js");

/** Druva on loopback: see types/testing.d.ts. */
class Emulator {
  #native;
  #cloud;

  /**
   * @param {any} emulator the addon's
   * @param {unknown} cloud
   */
  constructor(emulator, cloud) {
    this.#native = emulator;
    this.#cloud = cloud;
  }

  /** @param {Record<string, unknown>} [options] */
  static async start(options = {}) {
    const names = Object.entries(options).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]);
    return new Emulator(native.Emulator.start(JSON.stringify(Object.fromEntries(names))), options.cloud);
  }

  /** @returns {string} */
  get url() {
    return this.#native.url;
  }

  /** @returns {string} */
  get clientId() {
    return this.#native.clientId;
  }

  /** @returns {string} */
  get clientSecret() {
    return this.#native.clientSecret;
  }

  /** @returns {string} */
  get apiKey() {
    return this.#native.apiKey;
  }

  /** @param {Record<string, unknown>} [options] */
  client(options) {
    const { apiKey, clientId, clientSecret, url: baseUrl } = this;
    const credential = this.#cloud === "cloudranger" ? { apiKey } : { clientId, clientSecret };
    return new Client({ ...credential, baseUrl, cloud: this.#cloud, ...options });
  }

  /** @param {Record<string, unknown>} command */
  control(command) {
    return JSON.parse(this.#native.control(JSON.stringify(command)));
  }

  log() {
    const { requests, tokens_minted: tokensMinted, violations } = this.control({ do: "log" });
    return { requests, tokensMinted, violations };
  }

  /** @param {number} seconds */
  advance(seconds) {
    this.control({ do: "advance", seconds });
  }

  /** @param {Record<string, unknown>} fault */
  fault(fault) {
    this.control({ do: "fault", ...fault });
  }

  async stop() {
    this.#native.stop();
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

/**
 * @param {InstanceType<typeof Client>} client
 * @param {number} seconds
 */
function advanceClock(client, seconds) {
  guarded(callSite(), () => nativeOf(client).advanceClock(seconds));
}

module.exports = { Emulator, advanceClock };
