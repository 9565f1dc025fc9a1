// Loaded before the tests, which use the library that KEVO_LIBRARY names, or else the one that `npm install` has built.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const built = path('../libkevo.so');

process.env.KEVO_LIBRARY ||= built;
if (!existsSync(path('../node_modules/koffi'))) stop('install first, with `npm install`');
if (process.env.KEVO_LIBRARY === built && !existsSync(built)) {
  stop(`build libkevo first, with \`npm install\` where there is cargo: there is no ${built}`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
