"""How long every live figure computes and draws at its extremes, beside the 50 ms limit."""

import statistics
import time

from nnlab.live import demos
from nnlab.live.canvas import Canvas

LIMIT = 50  # milliseconds for compute


def milliseconds(function, *arguments, **settings):
    start = time.perf_counter()
    result = function(*arguments, **settings)
    return 1000 * (time.perf_counter() - start), result


def main():
    print(f"{'slowest setting, medians of 3':32s} compute  draw + PNG   of the limit")
    for name, demo in demos().items():
        canvas = Canvas(demo)
        rows = []
        for settings in demo.extreme_settings():
            computed = [milliseconds(demo.compute, **settings) for _ in range(3)]
            drawn = [milliseconds(canvas.picture, computed[-1][1])[0] for _ in range(3)]
            rows.append(
                (statistics.median(t for t, _ in computed), statistics.median(drawn), settings)
            )
        compute, _, settings = max(rows, key=lambda row: row[0])
        draw = max(row[1] for row in rows)
        print(f"{name:32s} {compute:4.0f} ms {draw:8.0f} ms {compute / LIMIT:11.0%}   {settings}")


if __name__ == "__main__":
    main()
