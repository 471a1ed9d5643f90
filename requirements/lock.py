"""Compiles the requirement files: every package pinned with its hashes, and no download address in them.

The development set is compiled first; the smaller ones are held to its versions.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = ("--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras", "--no-header", "--no-annotate",
           "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links")  # fmt: skip
SETS = (("dev", ("demo", "dev")), ("demo", ("demo", "build")), ("core", ()))


def main() -> None:
    """Compiles each set."""
    for name, extras in SETS:
        held = () if name == "dev" else ("--constraint", "requirements/dev.txt")
        chosen = [word for extra in extras for word in ("--extra", extra)]
        command = ["piptools", "compile", *OPTIONS, *chosen, *held, "--output-file", f"requirements/{name}.txt"]
        subprocess.run([sys.executable, "-m", *command, "pyproject.toml"], check=True, cwd=HERE.parent)


if __name__ == "__main__":
    main()
