// Loaded before the tests, which use the library that KEVO_LIBRARY names, or else the one built in this checkout.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const built = path('../../../target/release/libkevo.so');

process.env.KEVO_LIBRARY ||= built;
if (!existsSync(path('../node_modules/koffi'))) stop('install koffi first, with `npm install`');
if (process.env.KEVO_LIBRARY === built && !existsSync(built)) {
  stop(`build libkevo first, with \`cargo build --release\`: there is no ${built}`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
