"""Puts into a wheel what a webui finds at the checkout's root: style, scripts and translations of the page.

Everything else stands in pyproject.toml. `lib_parallax/faces/page_files.py` looks in both places.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FILES = ["style.css", *ROOT.glob("javascript/*.js"), *ROOT.glob("localizations/*.json")]


class WithPageFiles(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # such an installation has the root itself
        for file in map(ROOT.joinpath, FILES):
            target = Path(self.build_lib, "lib_parallax", "faces", "web", file.relative_to(ROOT))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


setup(cmdclass={"build_py": WithPageFiles})
