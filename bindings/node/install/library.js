// Puts libkevo into the package: run by npm in a checkout, before it installs or packs what is there.

import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const inPackage = path('../libkevo.so');
const checkout = path('../../..');

const given = process.env.KEVO_LIBRARY;
if (given) {
  put(given);
} else if (existsSync(path('../../../Cargo.toml'))) {
  build();
} else if (!existsSync(inPackage)) {
  say('this is no checkout: the library that is installed on the system will be used');
}

function build() {
  const target = process.env.CARGO_TARGET_DIR || path('../../../target');
  // As `make library` does it: otherwise one would build what the other has built.
  const command = ['rustc', '--release', '--lib', '--crate-type', 'cdylib,staticlib', '--target-dir', target];
  const cargo = spawnSync('cargo', command, {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (cargo.error?.code === 'ENOENT') {
    say('there is no cargo, so the library cannot be built: install Rust (https://rustup.rs), or set KEVO_LIBRARY to');
    say('the path of a libkevo.so and install again; until then the library installed on the system will be used');
    return;
  }
  if (cargo.status !== 0) {
    say('cargo has failed: see above');
    process.exit(1);
  }
  put(`${target}/release/libkevo.so`);
}

// Under another name first, so that a process which uses the old one keeps it.
function put(library) {
  copyFileSync(library, `${inPackage}.new`);
  renameSync(`${inPackage}.new`, inPackage);
}

function say(line) {
  console.error(`kevo: ${line}`);
}
