"""A backend that inverts pictures, for jobs that paint; as a script, a job with it to be killed."""

from __future__ import annotations

import sys
import time

from lib_parallax import generate, jobs
from lib_parallax.generate import Capabilities


class Inverting:
    name, note = "inverting", "inverts, for tests"

    def __init__(self, seconds=0.0):
        self.asked, self.seconds = 0, seconds

    def capabilities(self):
        return Capabilities()

    def img2img(self, request, cancel):
        if self.asked:
            time.sleep(self.seconds)
        self.asked += 1
        return 255 - request.image


def main(source: str, output: str, jobs_dir: str, keys: str) -> None:
    generate.register(Inverting(seconds=600))
    values = {"prompt": "oil", "keys": keys, "codec": "ffv1", "paint_from": 100}
    jobs.run("animate", source, values, output, jobs_dir=jobs_dir)


if __name__ == "__main__":
    main(*sys.argv[1:])
