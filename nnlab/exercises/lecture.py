"""The table of the lecture's statements: where the course shows each, and what came of it.

A lesson tags the cell that shows or judges a statement, in the metadata of the cell::

    +++ {"lecture": {"init_he": "wrong: the factor 0.001 shrinks the signal at every layer"}}

The key is that of a `Statement`. The value is ``true``, ``condition`` or ``wrong``, then a colon
and a clause of at most 90 characters; only ``true`` may stand alone. Each statement is tagged once
in the whole course. `lecture` takes verdict, clause and place from the notebooks of the installed
course. `gather` also says what is the matter with the tags, and a test asks it.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.exercises.markup import paragraph, rich
from nnlab.exercises.statements import CHAPTERS, Chapter, Statement
from nnlab.exercises.tables import body, cell, head, row, table

Verdict: TypeAlias = Literal["true", "condition", "wrong"]

_LOOK: dict[Verdict, tuple[str, str]] = {
    "true": ("✔", "true"),
    "condition": ("◐", "true with a condition"),
    "wrong": ("✘", "wrong"),
}
_LONGEST = 90

_VALUE = re.compile(r"(?P<verdict>\w+)(?:: (?P<clause>.+))?")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(?P<level>#{1,6}) +(?P<text>.+?) *$", re.MULTILINE)
_MARKS = re.compile(r"[`*]")
# JupyterLab compares anchors letter for letter, without decoding what a browser encodes in them,
# and takes what stands before an equals sign for a kind of anchor.
_LINKABLE = re.compile(r"[A-Za-z0-9 !'()*+,./:;?_-]+")


@dataclass(frozen=True)
class Place:
    """Where in the course something is.

    Parameters
    ----------
    notebook : str
        File name: ``"01_task_setup.ipynb"``.
    lesson : str
        Number and title: ``"01 Setting up the task"``.
    heading : str
        The nearest heading above that can be linked to and whose words no other heading of the
        course has ("Rules of thumb" names no place); empty if that is the title.
    """

    notebook: str
    lesson: str
    heading: str

    @property
    def link(self) -> str:
        """Relative address, with the anchor that JupyterLab gives to the heading."""
        anchor = f"#{self.heading.replace(' ', '-')}" if self.heading else ""
        return f"{self.notebook}{anchor}"


@dataclass(frozen=True)
class Tag:
    """What a lesson says about a statement.

    Parameters
    ----------
    verdict : {"true", "condition", "wrong"}
        Whether the statement holds.
    clause : str
        Which condition, or what is right; may be empty for a true one.
    place : Place
        Where the course shows it.
    """

    verdict: Verdict
    clause: str
    place: Place


@dataclass(frozen=True)
class Lecture:
    """The statements with their tags, as the value of a cell.

    Parameters
    ----------
    chapters : tuple of Chapter
        The statements.
    tags : dict of str to Tag
        By key. A statement without one is listed as not shown.
    """

    chapters: tuple[Chapter, ...]
    tags: dict[str, Tag]

    def __repr__(self) -> str:
        lines = [self._count([s for chapter in self.chapters for s in chapter.statements])]
        for chapter in self.chapters:
            lines += ["", f"{chapter.title} ({self._count(chapter.statements)})"]
            for statement in chapter.statements:
                lines.append(f"  {statement.text}")
                tag = self.tags.get(statement.key)
                if tag is None:
                    lines.append("    – not shown")
                else:
                    sign, word = _LOOK[tag.verdict]
                    said = f"{word}: {tag.clause}" if tag.clause else word
                    where = ", ".join(filter(None, (tag.place.lesson, tag.place.heading)))
                    lines.append(f"    {sign} {said} ({where})")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        everything = [s for chapter in self.chapters for s in chapter.statements]
        columns = [
            ("The slide states", "42%"),
            ("The course shows it in", "26%"),
            ("Verdict", "32%"),
        ]
        bodies = [
            body(
                head(
                    f"{html.escape(chapter.title)} · "
                    f'<span style="font-weight:normal">{self._count(chapter.statements)}</span>',
                    len(columns),
                ),
                *(self._row(statement) for statement in chapter.statements),
            )
            for chapter in self.chapters
        ]
        return paragraph(f"<strong>{self._count(everything)}</strong>") + table(columns, *bodies)

    def _row(self, statement: Statement) -> str:
        said = cell(f"<small>{html.escape(statement.slide)}</small><br>{rich(statement.text)}")
        tag = self.tags.get(statement.key)
        if tag is None:
            return row(said, cell("–"), cell("– not shown"))
        place = tag.place
        sign, word = _LOOK[tag.verdict]
        link = f'<a href="{html.escape(place.link)}">{rich(place.heading or place.lesson)}</a>'
        where = f"<small>{rich(place.lesson)}</small><br>{link}" if place.heading else link
        verdict = f"<strong>{sign} {word}</strong>"
        clause = f"<br>{html.escape(tag.clause)}" if tag.clause else ""
        return row(said, cell(where), cell(verdict + clause))

    def _count(self, statements: Sequence[Statement]) -> str:
        """Return ``"3 statements: 2 true, 1 wrong"``."""
        found = Counter(
            tag.verdict for s in statements if (tag := self.tags.get(s.key)) is not None
        )
        words = [f"{found[verdict]} {word}" for verdict, (_, word) in _LOOK.items()]
        parts = [part for part, verdict in zip(words, _LOOK, strict=True) if found[verdict]]
        missing = len(statements) - found.total()
        if missing:
            parts.append(f"{missing} not shown")
        unit = "statement" if len(statements) == 1 else "statements"
        return f"{len(statements)} {unit}: {', '.join(parts)}"


def lecture() -> Lecture:
    """Return the table of everything that the lecture states.

    Returns
    -------
    Lecture
    """
    tags, _ = gather(lessons_dir())
    return Lecture(CHAPTERS, tags)


def gather(
    folder: Path, chapters: Sequence[Chapter] = CHAPTERS
) -> tuple[dict[str, Tag], list[str]]:
    """Collect the tags of all lessons.

    Parameters
    ----------
    folder : pathlib.Path
        Holds the notebooks.
    chapters : sequence of Chapter, optional
        The statements that may be tagged; by default those of the lecture.

    Returns
    -------
    tags : dict of str to Tag
        Those that are in order.
    problems : list of str
        A sentence for each that is not, and for each statement that is tagged nowhere.
    """
    statements = {s.key: s for chapter in chapters for s in chapter.statements}
    tags: dict[str, Tag] = {}
    problems: list[str] = []
    for values, place in _tagged_cells(folder):
        where = place.notebook
        if not isinstance(values, dict):
            problems.append(f"{where}: lecture must be a table of keys, got {values!r}.")
            continue
        for key, value in values.items():
            try:
                catalogue.find(key, statements, "statement of the lecture")
                tag = _read_value(value, place)
                if key in tags:
                    raise ValueError(f"it is already tagged in {tags[key].place.notebook}")
            except ValueError as error:
                problems.append(f"{where}, tag {key!r}: {error}.")
            else:
                tags[key] = tag
    problems += [f"No lesson has a tag {key!r}." for key in statements if key not in tags]
    return tags, problems


def _tagged_cells(folder: Path) -> Iterator[tuple[Any, Place]]:
    """Yield the tags of every cell that has some, and its place."""
    notebooks = {
        path.name: json.loads(path.read_bytes())["cells"] for path in sorted(folder.glob("*.ipynb"))
    }
    times = Counter(h for cells in notebooks.values() for cell_ in cells for h in _headings(cell_))
    for name, cells in notebooks.items():
        title = next((h for cell_ in cells for h in _headings(cell_)), "")
        above = ""
        for cell_ in cells:
            # A cell's own first heading counts, further ones in it do not.
            above = next(
                (h for h in _headings(cell_) if times[h] == 1 and _LINKABLE.fullmatch(h)), above
            )
            if "lecture" in cell_["metadata"]:
                heading = "" if above == title else above
                place = Place(name, f"{name.partition('_')[0]} {title}", heading)
                yield cell_["metadata"]["lecture"], place


def _headings(cell_: dict[str, Any]) -> list[str]:
    """Return what the headings of a cell say, without marks for code and emphasis."""
    if cell_["cell_type"] != "markdown":
        return []
    source = _FENCED.sub("", "".join(cell_["source"]))
    return [_MARKS.sub("", match["text"]) for match in _HEADING.finditer(source)]


def _read_value(value: object, place: Place) -> Tag:
    """Read ``"wrong: clause"``."""
    if value is True:  # what YAML makes of true
        value = "true"
    match = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"expected a verdict, a colon and a clause in one line, got {value!r}")
    clause = (match["clause"] or "").strip()
    verdict = next((known for known in _LOOK if known == match["verdict"]), None)
    if verdict is None:
        raise ValueError(f"the verdict must be one of {', '.join(_LOOK)}, got {match['verdict']!r}")
    if not clause and verdict != "true":
        raise ValueError(f"{verdict!r} needs a clause that says which condition or what is right")
    if len(clause) > _LONGEST:
        raise ValueError(f"the clause has {len(clause)} characters, at most {_LONGEST} are allowed")
    if clause.endswith(".") or re.search(r"[$`*\\]", clause):
        raise ValueError(f"the clause must be plain text without a full stop, got {clause!r}")
    return Tag(verdict, clause, place)
