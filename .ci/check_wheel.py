"""Build the wheel, install it in a fresh environment, and use it there: what a user of pip would get."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="analisa wheel ") as folder:
        place = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(place / "dist"), str(ROOT))
        (wheel,) = (place / "dist").glob("*.whl")
        venv.create(place / "fresh", with_pip=True)
        binaries = place / "fresh" / "bin"
        run(str(binaries / "python"), "-m", "pip", "install", "--quiet", str(wheel))
        analisa = str(binaries / "analisa")
        environment = {**os.environ, "ANALISA_HOME": str(place / "a home")}
        run(analisa, "--version", cwd=place)
        run(analisa, "migrate", cwd=place, env=environment)
        run(analisa, "plugins", cwd=place, env=environment)
    print("the wheel installs, migrates and finds its plugins")


def run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, env=env)


if __name__ == "__main__":
    main()
