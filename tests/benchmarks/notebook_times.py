"""How long every lesson takes from a cold kernel, and its slowest cell, beside the limits."""

import time
from datetime import datetime

import nbformat
from nbclient import NotebookClient

from nnlab._resources import lessons_dir

NOTEBOOK_LIMIT, CELL_LIMIT, COURSE_LIMIT = 120, 20, 600  # seconds


def seconds(cell):
    """Return how long a cell that has been run was at work, as its kernel tells."""
    times = cell.metadata.get("execution", {})
    begun, done = times.get("iopub.execute_input"), times.get("shell.execute_reply")
    if begun is None or done is None:
        return 0.0
    return (datetime.fromisoformat(done) - datetime.fromisoformat(begun)).total_seconds()


def run(path):
    """Return how long the notebook took with its kernel's start, and the times of its cells."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    start = time.perf_counter()
    client.execute()
    return time.perf_counter() - start, [seconds(cell) for cell in notebook.cells]


def main():
    print(f"{'lesson':24s} whole  of the limit   slowest cell  of the limit")
    course = 0.0
    for path in sorted(lessons_dir().glob("*.ipynb")):
        whole, cells = run(path)
        course += whole
        print(
            f"{path.stem:24s} {whole:3.0f} s {whole / NOTEBOOK_LIMIT:13.0%} "
            f"{max(cells):12.1f} s {max(cells) / CELL_LIMIT:13.0%}"
        )
    print(f"{'the course':24s} {course:3.0f} s {course / COURSE_LIMIT:13.0%}")


if __name__ == "__main__":
    main()
