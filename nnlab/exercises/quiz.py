"""Multiple-choice questions asked before an experiment, every option with its own explanation.

A question is HTML and nothing else: one ``<details>`` per option. It opens by mouse and by
keyboard, is read by screen readers, and works without a kernel, without scripts and in notebooks
that are not trusted.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

from nnlab.exercises import catalogue
from nnlab.exercises.markup import BLUE, LINE, box, paragraph, rich
from nnlab.exercises.specification import NAME


@dataclass(frozen=True)
class Option:
    """One answer to choose.

    Parameters
    ----------
    text : str
        The answer. May hold ``$LaTeX$``, `` `code` `` and ``**bold**``.
    explanation : str
        Why it is right or not; shown after "Right." or "Not quite.".
    right : bool
        Whether it is the right one.
    """

    text: str
    explanation: str
    right: bool = False


@dataclass(frozen=True)
class Quiz:
    """A question with options, exactly one of them right.

    Parameters
    ----------
    name : str
        Lesson number, a dot and a short name: ``"01.q_confident"``.
    question : str
        One paragraph. May hold ``$LaTeX$``, `` `code` `` and ``**bold**``.
    options : tuple of Option
        At least two, at most 26.
    """

    name: str
    question: str
    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                "name must be two digits, a dot and a lower-case name like '01.q_mse', "
                f"got {self.name!r}"
            )
        if not self.question:
            raise ValueError(f"{self.name}: question is empty")
        if not 2 <= len(self.options) <= len(string.ascii_uppercase):
            raise ValueError(f"{self.name}: expected 2 to 26 options, got {len(self.options)}")
        right = sum(option.right for option in self.options)
        if right != 1:
            raise ValueError(f"{self.name}: expected exactly one right option, got {right}")
        for field in ("text", "explanation"):
            texts = [getattr(option, field) for option in self.options]
            if not all(texts) or len(set(texts)) != len(texts):
                raise ValueError(f"{self.name}: every option needs {field} of its own, got {texts}")

    def __repr__(self) -> str:
        return f"Quiz {self.name}: {self.question}"

    def _repr_html_(self) -> str:
        options = "".join(map(_option_html, string.ascii_uppercase, self.options))
        head = paragraph(f"<strong>Predict first.</strong> {rich(self.question)}")
        foot = paragraph("<small>Choose, then open your answer.</small>")
        return box(head + options + foot, BLUE)


def quiz(name: str) -> Quiz:
    """Return a question of the course; as the value of a cell it is displayed.

    Parameters
    ----------
    name : str
        Name of the question, such as ``"01.q_confident"``.

    Returns
    -------
    Quiz

    Raises
    ------
    ValueError
        If there is no such question.
    """
    return catalogue.find(name, catalogue.quizzes(), "question")


def _option_html(letter: str, option: Option) -> str:
    word = "✔ Right." if option.right else "✘ Not quite."
    return (
        f'<details style="border:1px solid {LINE};border-radius:4px;padding:4px 10px;margin:4px 0">'
        f'<summary style="cursor:pointer"><strong>{letter}.</strong> {rich(option.text)}</summary>'
        f"{paragraph(f'<strong>{word}</strong> {rich(option.explanation)}')}</details>"
    )
