import testing from "./testing.js";

export const { Emulator, advanceClock } = testing;
