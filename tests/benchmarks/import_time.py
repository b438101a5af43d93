"""How much longer ``import nnlab`` takes than ``import numpy``: fresh interpreters, interleaved."""

import statistics
import subprocess
import sys

TIMED = """
import sys, time
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""
STATEMENTS = {
    "numpy": "import numpy",
    "numpy, then nnlab": "import numpy, nnlab",
    "numpy, numpy.random": "import numpy, numpy.random",
    "… and the whole engine": "import numpy, numpy.random, nnlab\n"
    "for name in nnlab.__all__: getattr(nnlab, name)",
}


def milliseconds(statement):
    command = [sys.executable, "-c", TIMED.format(statement=statement)]
    return 1000 * float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    times = {name: [] for name in STATEMENTS}
    for _ in range(9):
        for name, statement in STATEMENTS.items():
            times[name].append(milliseconds(statement))
    for name, values in times.items():
        print(f"import {name:24s} {statistics.median(values):7.1f} ms")


if __name__ == "__main__":
    main()
