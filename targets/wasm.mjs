// Runs the wasm module in Node: node wasm.mjs MODULE ROWS
import { readFileSync, writeSync } from "node:fs";

const [file, rows] = process.argv.slice(2);
let memory;
const host = {
  write: (start, length) => writeSync(1, new Uint8Array(memory.buffer, start, length)),
  exit: (code) => process.exit(code),
};
const { instance } = await WebAssembly.instantiate(readFileSync(file), { host });
memory = instance.exports.memory;
instance.exports.run(Number(rows));
