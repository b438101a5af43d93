"""Pictures of a live figure, drawn beforehand for pages that have no kernel behind them."""

import base64
import io
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from nnlab.live.canvas import Canvas
from nnlab.live.controls import Value
from nnlab.live.demo import Demo
from nnlab.live.figure import problem
from nnlab.live.frames_cache import FramesCache, digest_of
from nnlab.live.thinning import thin

__all__ = ["Frame", "Frames", "draw_frames", "webp"]


@dataclass(frozen=True)
class Frame:
    """What a figure shows at one setting: a picture with its sentence, or why there is none.

    Parameters
    ----------
    picture : int, optional
        Which one of the stored pictures; None without one.
    sentence : str, optional
        Caption and alternative text of the picture.
    problem, advice, detail : str, optional
        What went wrong, what the reader can do, and the error message.
    """

    picture: int | None = None
    sentence: str = ""
    problem: str = ""
    advice: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Frames:
    """Everything a page shows of one demo.

    Parameters
    ----------
    kept : mapping of str to sequence
        The values of every control, by name, in the order of the demo's controls.
    pictures : sequence of str
        WebP files in base64, all different.
    frames : sequence of Frame
        One for every combination of the values, the last control fastest.
    start : int
        Which of the frames is the start.
    """

    kept: Mapping[str, Sequence[Value]]
    pictures: Sequence[str]
    frames: Sequence[Frame]
    start: int

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def start_picture(self) -> str:
        """The picture at the start settings, a WebP file in base64."""
        number = self.frames[self.start].picture
        if number is None:
            raise ValueError("expected a picture at the start, got none")
        return self.pictures[number]

    @property
    def size(self) -> int:
        """Bytes that a page needs for it: ``page_json``, and once more the start picture."""
        return len(self.page_json().encode()) + len(self.start_picture)

    def page_json(self) -> str:
        """Return pictures and frames as ``web/page.js`` reads them: JSON without empty texts."""
        content = {
            "pictures": list(self.pictures),
            "frames": [
                {key: value for key, value in asdict(frame).items() if value not in ("", None)}
                for frame in self.frames
            ],
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def draw_frames(demo: Demo[Any, Any], *, budget: int, cache: str | Path | None = None) -> Frames:
    """Draw a demo at all its settings, or at as many as a page should hold.

    Which settings are left out, if they are too many, is told in ``nnlab.live.thinning.thin``.

    Parameters
    ----------
    demo : Demo
        What to draw.
    budget : int
        Bytes that they may take on a page.
    cache : path, optional
        Folder in which results are kept for the next time; the user's own cache if left out.

    Returns
    -------
    Frames
        Kept values, pictures and sentences.

    Raises
    ------
    ValueError
        If not even the start picture fits into the budget.
    """
    store = FramesCache(cache)
    key = digest_of(demo, budget)
    known = None if key is None else store.load(demo.name, key)
    if known is not None:
        return Frames(
            kept={name: tuple(values) for name, values in known["kept"].items()},
            pictures=known["pictures"],
            frames=[Frame(**frame) for frame in known["frames"]],
            start=known["start"],
        )
    drawn = _draw(demo, budget)
    if key is not None:
        store.save(demo.name, key, asdict(drawn))
    return drawn


def webp(png: bytes) -> bytes:
    """Encode a picture again, without loss and in about half the bytes.

    Parameters
    ----------
    png : bytes
        PNG file with a palette, from ``Canvas.picture``.

    Returns
    -------
    bytes
        WebP file with exactly the same pixels.
    """
    file = io.BytesIO()
    # Higher methods took up to fifty times as long and saved 2 %.
    Image.open(io.BytesIO(png)).convert("RGB").save(
        file, "WEBP", lossless=True, method=2, quality=80
    )
    return file.getvalue()


@dataclass
class _Studio:
    """Draws settings of one demo, each once."""

    demo: Demo[Any, Any]
    shots: dict[tuple[Value, ...], tuple[str, Frame]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._canvas: Canvas[Any, Any] = Canvas(self.demo)

    def shot(self, settings: Mapping[str, Value]) -> tuple[str, Frame]:
        """Return a picture in base64 (empty without one) and a frame that has no number yet."""
        key = tuple(settings.values())
        if key not in self.shots:
            self.shots[key] = self._draw(dict(settings))
        return self.shots[key]

    def _draw(self, settings: dict[str, Value]) -> tuple[str, Frame]:
        try:
            result = self.demo.compute(**settings)
        except Exception as error:  # noqa: BLE001 - as in the live figure: any setting may diverge
            return "", Frame(None, "", **problem(self.demo, settings, error))
        picture = base64.b64encode(webp(self._canvas.picture(result))).decode()
        return picture, Frame(sentence=self.demo.describe(result))

    def collect(self, kept: Mapping[str, Sequence[Value]]) -> Frames:
        """Put together what a grid of values needs; draw what is missing."""
        numbers: dict[str, int] = {}  # of the different pictures, in the order of appearance
        found: list[Frame] = []
        start = 0
        for settings in _grid(kept):
            picture, frame = self.shot(settings)
            if settings == self.demo.settings():
                start = len(found)
            if picture:
                number = numbers.setdefault(picture, len(numbers))
                frame = Frame(number, frame.sentence)
            found.append(frame)
        return Frames(kept, list(numbers), found, start)

    def mean_size(self) -> float:
        """Return the bytes per setting, as far as they are known."""
        pictures = {picture for picture, _ in self.shots.values()}
        words = sum(len(json.dumps(asdict(frame))) for _, frame in self.shots.values())
        return (sum(map(len, pictures)) + words) / len(self.shots)


def _grid(kept: Mapping[str, Sequence[Value]]) -> Iterator[dict[str, Value]]:
    for values in itertools.product(*kept.values()):
        yield dict(zip(kept, values, strict=True))


def _draw(demo: Demo[Any, Any], budget: int) -> Frames:
    """Draw as many settings as fit: guess from a few how many, and correct the guess."""
    studio = _Studio(demo)
    for settings in demo.extreme_settings():
        studio.shot(settings)
    best: Frames | None = None
    most = math.prod(len(control.positions) for control in demo.controls)
    while True:
        guess = max(1, min(most, int(budget / studio.mean_size())))
        kept = thin(demo.controls, guess, demo.kept)
        count = math.prod(map(len, kept.values()))
        if best is not None and count <= len(best):
            return best
        drawn = studio.collect(kept)
        if drawn.size <= budget:
            best = drawn
        elif count == 1:
            raise ValueError(
                f"budget: expected at least {drawn.size} bytes of pictures, for the start picture "
                f"of demo {demo.name!r} alone; got {budget}"
            )
        else:
            most = count - 1
