"""Builds libkevo with cargo and puts it into the package.

A small command over setuptools does it, since ctypes loads the library by its path: it is no extension module, so
setuptools-rust and maturin would only add a tool and a second place that says how the library is built.
KEVO_LIBRARY, if it is set, names a libkevo.so that is taken as it is; then no Rust is needed.
"""

import os
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

_CHECKOUT = Path(__file__).resolve().parents[2]


def _built_library() -> Path:
    if "KEVO_LIBRARY" in os.environ:
        return Path(os.environ["KEVO_LIBRARY"])
    if not (_CHECKOUT / "Cargo.toml").exists():
        raise SystemExit("kevo: install it from a checkout of libkevo (pip install ./bindings/python), or set KEVO_LIBRARY")
    if shutil.which("cargo") is None:
        raise SystemExit("kevo: cargo is missing: install Rust (https://rustup.rs), or set KEVO_LIBRARY to a libkevo.so")
    # As packaging/library.mk does it, so that the two do not build it twice.
    command = ["cargo", "rustc", "--release", "--lib", "--crate-type", "cdylib,staticlib"]
    subprocess.run(command, cwd=_CHECKOUT, check=True)
    return _CHECKOUT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "libkevo.so"


class BuildWithLibrary(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            shutil.copyfile(_built_library(), Path(self.build_lib, "kevo", "libkevo.so"))
        else:
            _built_library()  # It is found in the checkout.


class PlatformDistribution(Distribution):
    def has_ext_modules(self) -> bool:
        return True


class PlatformWheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        """The library is for one system, and for any Python."""
        return "py3", "none", super().get_tag()[2]


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel}, distclass=PlatformDistribution)
