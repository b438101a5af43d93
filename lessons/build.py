"""Build the lessons: run the text sources and write them as notebooks with pictures.

    python lessons/build.py                    all lessons
    python lessons/build.py 01_task_setup      one lesson

Authors edit ``lessons/source/*.md`` (MyST, read by Jupytext); learners open ``lessons/*.ipynb``.
Both are committed. The same source and the same versions of the libraries give the same bytes, so a
change in a notebook is always a change somebody made.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from nnlab.live.saving import strip

LESSONS = Path(__file__).resolve().parent
SOURCES = LESSONS / "source"

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def read(source: Path) -> NotebookNode:
    """Return a source as a notebook without outputs, with cell ids that do not change by chance."""
    notebook = jupytext.read(source, fmt="md:myst")
    notebook.metadata = nbformat.from_dict(METADATA)
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"
    return notebook


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in a fresh kernel started in `folder`; an error in a cell stops the build."""
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", record_timing=False,
        coalesce_streams=True,  # or what is printed slowly comes in several outputs, by chance
        resources={"metadata": {"path": str(folder)}},
    ).execute()  # fmt: skip


def clean(notebook: NotebookNode) -> None:
    """Remove what differs from run to run: widget views, timings, versions of Python."""
    strip(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)


def build(source: Path, target: Path) -> None:
    """Build one lesson."""
    notebook = read(source)
    execute(notebook, source.parent.parent)
    clean(notebook)
    nbformat.validate(notebook)
    target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Build the lessons named on the command line, or all."""
    sources = {source.stem: source for source in sorted(SOURCES.glob("*.md"))}
    parser = argparse.ArgumentParser(description="Build lessons/*.ipynb from lessons/source/*.md.")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help=", ".join(sources))
    parser.add_argument("--out", type=Path, default=LESSONS, help="folder to write to")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.lessons if name not in sources]
    if unknown:
        parser.error(f"no source for {', '.join(unknown)}; there are {', '.join(sources)}")
    for name in options.lessons or sources:
        target = options.out / f"{name}.ipynb"
        print(f"building {target.name}", file=sys.stderr)
        build(sources[name], target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
