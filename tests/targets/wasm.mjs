// Runs `main` of a module with text to the terminal, for its exit status.

import { readFile } from "node:fs/promises";

const putchar = (byte) => {
  process.stdout.write(String.fromCharCode(byte));
  return byte;
};
const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), { env: { putchar } });
process.exitCode = instance.exports.main();
