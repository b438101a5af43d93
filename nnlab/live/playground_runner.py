"""Trains while somebody watches: one thread, one picture under way at a time, and an end to both.

Nothing here knows widgets. A page is whatever takes reports and answers with ``acknowledge``.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from nnlab.live.playground_figure import describe
from nnlab.live.playground_settings import Settings
from nnlab.live.playground_training import Snapshot, Training
from nnlab.live.short_turns import short_turns

__all__ = ["SPEEDS", "Report", "Runner"]

SPEEDS = {"slow": 1, "normal": 5, "fast": 50}
"""Updates from one picture to the next, by the names that readers see."""

_MOST_PICTURES = 20  # in a second
# Seconds between two pictures, at most: with looking, drawing and encoding, which take up to
# 50 ms for the largest network, 10 pictures a second remain within reach.
_TRAINING_TIME = 0.02
_SILENCE = 3.0  # seconds after which nobody is taken to watch


@dataclass(frozen=True)
class Report:
    """What a page is told: how things stand and, if it changed, the picture.

    Attributes
    ----------
    playing : bool
        Whether the training goes on, or will as soon as somebody looks.
    settings : Settings
        Those in force.
    speed : str
        A name in ``SPEEDS``.
    number : int
        Of the latest picture; a page acknowledges it.
    sentence : str
        What that picture shows.
    picture : bytes or None
        PNG file; None if the page has it already.
    message : str
        Something to announce; mostly empty.
    """

    playing: bool
    settings: Settings
    speed: str
    number: int
    sentence: str
    picture: bytes | None
    message: str


class Runner:
    """Plays a training to a page, and does what the page asks for.

    The thread exists only while the training plays and somebody watches. Every method may be called
    from any thread.

    Parameters
    ----------
    training : Training
        What to train.
    draw : callable
        ``draw(snapshot) -> bytes`` makes the picture.
    send : callable
        ``send(report)`` passes it to the page.
    name : str
        Name of the thread.
    silence : float, optional
        Seconds without an answer after which the thread ends.
    """

    def __init__(
        self,
        training: Training,
        draw: Callable[[Snapshot], bytes],
        send: Callable[[Report], None],
        name: str,
        *,
        silence: float = _SILENCE,
    ) -> None:
        self._training, self._draw, self._send = training, draw, send
        self._start = training.settings
        self._name, self._silence = name, silence
        # Held while training, drawing and sending; so what is sent is in order, and what a thread
        # drew before it was told to stop is never sent after.
        self._work = threading.RLock()
        # Guards what follows; only ever held for a moment, also by whoever holds the other.
        self._state = threading.Condition()
        self._playing = False
        self._closed = False
        self._silent = False
        self._views: dict[str, bool] = {}  # whether each is in sight
        self._left: set[str] = set()
        self._turn: object = None  # the thread that holds it goes on
        self._speed = "normal"
        self._number = 0
        self._acknowledged = 0
        self._picture, self._sentence = self._drawn()

    @property
    def picture(self) -> bytes:
        """The latest picture."""
        return self._picture

    @property
    def sentence(self) -> str:
        """What the latest picture shows."""
        return self._sentence

    @property
    def deserted(self) -> bool:
        """Whether there were views and all of them are gone."""
        with self._state:
            return bool(self._left) and not self._views

    # What the page says of itself --------------------------------------------------------------

    def enter(self, view: str) -> None:
        """Greet a view, which sees what there is and counts as watching."""
        with self._work:
            self._look(view, seen=True)
            self._report(picture=self._picture)

    def watch(self, view: str, *, seen: bool) -> None:
        """Note whether a view is in sight; without any the training waits."""
        with self._work:
            self._look(view, seen=seen)

    def leave(self, view: str) -> None:
        """Forget a view that was removed."""
        with self._state:
            self._views.pop(view, None)
            self._left.add(view)
            self._settle()

    def acknowledge(self, number: int) -> None:
        """Note that a picture has arrived."""
        with self._state:
            self._acknowledged = max(self._acknowledged, number)
            self._silent = False
            self._settle()

    # What the reader wants ---------------------------------------------------------------------

    def play(self) -> None:
        """Train until told otherwise."""
        with self._work:
            if self._training.snapshot().diverged:
                self._report(message="This training has diverged. Start over or press Reset.")
                return
            with self._state:
                self._playing, self._silent = True, False
                self._acknowledged = self._number  # whatever was under way is of no interest now
                self._settle()
            self._report(message="Training.")

    def pause(self) -> None:
        """Stop training and show where it is."""
        self._halt()
        with self._work:
            self._show(message=f"Paused after {self._training.updates} updates.")

    def step(self) -> None:
        """Pause and make one update."""
        self._halt()
        with self._work:
            self._training.advance(1)
            self._show(message=f"Update {self._training.updates}.")

    def restart(self) -> None:
        """Begin again with a new network under the same settings; playing goes on."""
        with self._work:
            self._training.restart()
            self._show(message="A new network.")

    def reset(self) -> None:
        """Pause and go back to the first picture and the first settings."""
        self._halt()
        with self._work:
            self._training.apply(self._start)
            self._training.restart()
            self._show(message="Everything is as it was at the start.")

    def change(self, settings: Settings) -> None:
        """Put settings in force from the next update on."""
        with self._work:
            before = self._training.updates
            self._training.apply(settings)
            new = before > 0 and self._training.updates == 0
            self._show(message="A new network." if new else "")

    def set_speed(self, speed: str) -> None:
        """Change how many updates there are from one picture to the next.

        Parameters
        ----------
        speed : str
            A name in ``SPEEDS``.
        """
        with self._state:
            self._speed = speed

    def close(self) -> None:
        """End the thread for good; twice does no harm."""
        with self._state:
            self._closed = True
            self._settle()

    # Inside ------------------------------------------------------------------------------------

    def _look(self, view: str, *, seen: bool) -> None:
        with self._state:
            self._views[view] = seen
            if seen:
                self._silent = False
                self._acknowledged = self._number  # a picture sent to a hidden page may be lost
            self._settle()

    def _halt(self) -> None:
        with self._state:
            self._playing = False
            self._settle()

    def _settle(self) -> None:
        """Start or stop the thread, whichever is due; the caller holds ``_state``."""
        wanted = self._playing and any(self._views.values()) and not (self._silent or self._closed)
        if wanted and self._turn is None:
            self._turn = object()
            threading.Thread(
                target=self._run, args=(self._turn,), name=self._name, daemon=True
            ).start()
        elif not wanted:
            self._turn = None
        self._state.notify_all()

    def _run(self, turn: object) -> None:
        try:
            with short_turns():
                self._play(turn)
        except Exception as error:  # noqa: BLE001 - a thread that dies in silence helps nobody
            self._halt()
            with self._work:
                self._report(message=f"The training stopped. {type(error).__name__}: {error}")

    def _play(self, turn: object) -> None:
        while self._turn is turn:
            begin = time.monotonic()
            self._play_on(turn)
            with self._state:
                pause = begin + 1 / _MOST_PICTURES - time.monotonic()
                self._state.wait_for(lambda: self._turn is not turn, max(pause, 0))

    def _play_on(self, turn: object) -> None:
        """Train, draw, wait until the picture before has arrived, and send."""
        with self._work:
            if self._turn is not turn:
                return
            snapshot = self._training.advance(SPEEDS[self._speed], _TRAINING_TIME)
            if snapshot.diverged:
                self._halt()
                self._show(message=describe(snapshot))
                return
            drawn = self._drawn()
            number = self._number
        if not self._wait_for_page(turn):
            return
        with self._work:
            # If another picture was sent meanwhile, of a reset for one, this one is out of date.
            if self._turn is turn and self._number == number:
                self._publish(drawn)

    def _wait_for_page(self, turn: object) -> bool:
        with self._state:
            answered = self._state.wait_for(
                lambda: self._turn is not turn or self._acknowledged >= self._number,
                self._silence,
            )
            if not answered:
                self._silent = True
                self._settle()
            return self._turn is turn

    def _drawn(self) -> tuple[bytes, str]:
        snapshot = self._training.snapshot()
        return self._draw(snapshot), describe(snapshot)

    def _show(self, message: str = "") -> None:
        self._publish(self._drawn(), message)

    def _publish(self, drawn: tuple[bytes, str], message: str = "") -> None:
        self._picture, self._sentence = drawn
        with self._state:
            self._number += 1
        self._report(message, self._picture)

    def _report(self, message: str = "", picture: bytes | None = None) -> None:
        if not self._closed:
            self._send(
                Report(
                    playing=self._playing,
                    settings=self._training.settings,
                    speed=self._speed,
                    number=self._number,
                    sentence=self._sentence,
                    picture=picture,
                    message=message,
                )
            )
