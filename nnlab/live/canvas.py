"""Draws one live figure fast: the still parts once, the moving ones at every step.

A Matplotlib figure spends most of its time on ticks and labels, which seldom change. So the
background is kept, and only what changed, and what lies over it, is drawn again. Whenever anything
else changed too (limits, a title, an artist that ``update`` forgot to return) everything is drawn.
"""

import io
import threading
import zlib
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from PIL import Image, ImageChops

from nnlab.live.demo import Demo
from nnlab.live.formulas import read_one_at_a_time
from nnlab.live.style import DPI, context, pin

__all__ = ["Canvas", "palette_png"]

_FARTHEST = 48
"""Of 255, in one channel; choosing colours for one picture alone leaves up to 16."""

Result = TypeVar("Result")
Artists = TypeVar("Artists")


class Canvas(Generic[Result, Artists]):
    """One figure of a demo, used again for every picture.

    Make it in the main thread, as a cell runs: building applies the course's style, which is a
    global setting of Matplotlib while it lasts. Drawing may happen in any thread.

    Parameters
    ----------
    demo : Demo
        What to draw. It is computed once at its start settings, for the layout of the axes, which
        then stays: no picture of a demo depends on the pictures before it.

    Attributes
    ----------
    figure : Figure
        The figure all pictures are drawn on.
    forgotten : list of Artist
        Data artists that the last ``update`` changed but did not return. They cost a full redraw.
    full_redraws : int
        How often everything had to be drawn.
    """

    def __init__(self, demo: Demo[Result, Artists]) -> None:
        read_one_at_a_time()
        self._demo = demo
        self._lock = threading.Lock()
        self._thread = threading.get_ident()
        self.forgotten: list[Artist] = []
        self.full_redraws = 0
        start = demo.compute(**demo.settings())
        with context():
            self.figure = Figure(figsize=demo.size, dpi=DPI, layout="constrained")
            # Matplotlib's Agg canvas is untyped.
            self._agg = cast(Any, FigureCanvasAgg(self.figure))
            self._artists = demo.build(self.figure)
            pin(self.figure)
            self._checked(demo.update(self._artists, start))
            self._agg.draw()
            # Choosing colours takes longer than all else about a PNG; mostly the start's will do.
            self._palette = _reduced(np.array(self._agg.buffer_rgba()))
            # From now on the layout is fixed: axes must not jump as labels grow.
            self.figure.set_layout_engine("none")
        self._owners: dict[Artist, Artist] = {}
        self._moving: set[Artist] = set()
        self._upper: list[Artist] = []
        self._still: list[Artist] = []
        self._frame: object = None
        self._background: Any = None

    def pixels(self, result: Result) -> NDArray[np.uint8]:
        """Draw a result, re-using what did not change since the last picture.

        Parameters
        ----------
        result : Result
            What ``compute`` returned.

        Returns
        -------
        ndarray of uint8, shape (height, width, 4)
            Red, green, blue and an opaque alpha channel.

        Raises
        ------
        TypeError
            If ``update`` did not return a list of artists of this figure.
        """
        with self._lock:
            self._use_fonts_of_this_thread()
            changed = self._checked(self._demo.update(self._artists, result))
            # Asking for the limits (in _describe_frame) also applies a pending autoscale, which
            # marks the axis as changed; so the frame comes before the search for changes.
            frame = self._describe_frame()
            stale = [artist for artist in self._still if artist.stale]
            if not self._owners.keys() >= set(changed):
                self._owners = _find_owners(self.figure)
            moving = {self._owners[artist] for artist in changed}
            self.forgotten = _data_artists(self.figure, stale)
            if frame == self._frame and not stale and moving <= self._moving:
                self._agg.restore_region(self._background)
            else:
                # What moved once stays apart from the background, or artists that take turns
                # would force a full redraw each time.
                self._owners = _find_owners(self.figure)
                self._moving = (self._moving & set(self._owners.values())) | moving
                self._draw_background()
            renderer = self._agg.get_renderer()
            for artist in self._upper:
                artist.draw(renderer)
            for artist in self._still:
                artist.stale = False  # a legend, for one, moves its own frame as it is drawn
            return np.array(self._agg.buffer_rgba())

    def full_pixels(self, result: Result) -> NDArray[np.uint8]:
        """Draw a result from scratch, the slow and plain way: the reference for ``pixels``.

        Parameters
        ----------
        result : Result
            What ``compute`` returned.

        Returns
        -------
        ndarray of uint8, shape (height, width, 4)
            Red, green, blue and an opaque alpha channel.
        """
        with self._lock:
            self._use_fonts_of_this_thread()
            self._checked(self._demo.update(self._artists, result))
            self._set_apart([])
            self._agg.draw()
            self._frame = None  # the background no longer fits
            return np.array(self._agg.buffer_rgba())

    def picture(self, result: Result) -> bytes:
        """Draw a result and return it as a PNG with a palette, about 30 kB.

        Parameters
        ----------
        result : Result
            What ``compute`` returned.

        Returns
        -------
        bytes
            PNG file.
        """
        return palette_png(self.pixels(result), self._palette)

    def _use_fonts_of_this_thread(self) -> None:
        """Forget formulas (also 10³ at a tick) that were read in another thread.

        They hold fonts of that thread, and two threads that use one font end the kernel.
        """
        if self._thread != threading.get_ident():
            self._thread = threading.get_ident()
            self._agg.get_renderer().mathtext_parser = MathTextParser("path")

    def _checked(self, changed: object) -> list[Artist]:
        """Return what ``update`` returned if it is a list of artists on this figure."""
        who = f"update of demo {self._demo.name!r}"
        if not isinstance(changed, Sequence) or isinstance(changed, str):
            raise TypeError(f"{who} must return a list of the artists it changed; got {changed!r}")
        for artist in changed:
            if not isinstance(artist, Artist):
                raise TypeError(
                    f"{who} must return artists; got {artist!r} in the list "
                    "(a container such as bars or error bars has to be unpacked: *bars)"
                )
            if artist.get_figure(root=True) is not self.figure:
                raise TypeError(f"{who} returned {artist!r}, which is not on the demo's figure")
        return list(changed)

    def _describe_frame(self) -> object:
        """Return everything outside the artists on which the background depends."""
        return [
            (
                id(child),
                child.get_zorder(),
                child.get_visible(),
                (
                    child.axison,
                    child.get_frame_on(),
                    child.get_xlim(),
                    child.get_ylim(),
                    child.get_position().bounds,
                    [(id(part), part.get_zorder()) for part in child.get_children()],
                )
                if isinstance(child, Axes)
                else None,
            )
            for child in self.figure.get_children()
        ]

    def _draw_background(self) -> None:
        self.full_redraws += 1
        self._upper = self._plan()
        self._set_apart(self._upper)
        self._agg.draw()
        self._background = self._agg.copy_from_bbox(self.figure.bbox)
        self._owners = _find_owners(self.figure)  # drawing made ticks
        self._still = [
            artist
            for artist, owner in self._owners.items()
            if owner not in self._moving
            # An axes is marked whenever anything in it changes; its parts tell more.
            and not (isinstance(artist, Axes) and _draws_child_by_child(artist))
        ]
        # Drawing creates ticks and settles limits and aspects, so the frame is described after.
        self._frame = self._describe_frame()

    def _set_apart(self, upper: Sequence[Artist]) -> None:
        """Exclude artists from ordinary drawing (Matplotlib calls that animated)."""
        for artist in self.figure.findobj():
            artist.set_animated(False)
        for artist in upper:
            artist.set_animated(True)

    def _plan(self) -> list[Artist]:
        """List what is drawn over the background, in order: moving artists and all above them."""
        upper: list[Artist] = []
        boxes: list[Bbox] = []
        for child in _in_drawing_order(self.figure):
            if not isinstance(child, Axes):
                if upper or child in self._moving:
                    upper.append(child)
                continue
            box = child.get_window_extent()
            parts = self._upper_parts(child)
            if any(box.overlaps(below) for below in boxes):
                # Twin axes: all of it lies over something that moves.
                parts = [child]
            if parts:
                upper.extend(parts)
                boxes.append(box)
        return upper

    def _upper_parts(self, axes: Axes) -> list[Artist]:
        if axes in self._moving:
            return [axes]
        if not axes.get_visible():
            return []
        parts = _in_drawing_order(axes)
        moving = [part for part in parts if part in self._moving]
        if not moving:
            return []
        above = parts[parts.index(moving[0]) :]
        clips = [part.get_clip_box() if part.get_clip_on() else None for part in moving]
        if None in clips:
            return above
        # What moves stays inside the axes, so words around them need not be written again.
        reach = Bbox.union([clip for clip in clips if clip is not None]).padded(2)
        renderer = self._agg.get_renderer()
        return [
            part
            for part in above
            if part in self._moving
            or not isinstance(part, Text | Legend)
            or part.get_window_extent(renderer).overlaps(reach)
        ]


def palette_png(pixels: NDArray[np.uint8], palette: Image.Image | None = None) -> bytes:
    """Encode opaque pixels as a PNG with at most 256 colours, in which white stays white.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 4)
        Red, green, blue and an alpha channel of 255 throughout; contiguous.
    palette : PIL.Image.Image, optional
        An image with the colours to take, if they come close to all that is there.

    Returns
    -------
    bytes
        PNG file.
    """
    image = _opaque(pixels)
    reduced = None
    if palette is not None:
        reduced = image.quantize(palette=palette, dither=Image.Dither.NONE)
    if reduced is None or not _is_close(reduced, image):
        reduced = _reduced(pixels)
    file = io.BytesIO()
    # Run lengths suit flat colours: a fifth smaller than zlib's default, as fast.
    reduced.save(file, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return file.getvalue()


def _opaque(pixels: NDArray[np.uint8]) -> Image.Image:
    height, width, _ = pixels.shape
    return Image.frombuffer("RGBX", (width, height), pixels, "raw", "RGBX", 0, 1).convert("RGB")


def _reduced(pixels: NDArray[np.uint8]) -> Image.Image:
    """Choose 256 colours for a picture."""
    image = _opaque(pixels)
    reduced = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    # The quantiser averages each group of colours, so white comes out as 254 and shows as a tint.
    white = pixels.view(np.uint32)[..., 0] == 0xFFFFFFFF
    row, column = divmod(int(white.argmax()), image.width)
    if white[row, column]:
        index = cast(int, reduced.getpixel((column, row)))
        palette = cast(list[int], reduced.getpalette())
        palette[3 * index : 3 * index + 3] = (255, 255, 255)
        reduced.putpalette(palette)
    return reduced


def _is_close(reduced: Image.Image, image: Image.Image) -> bool:
    """Say whether no colour is farther off than an eye may notice beside a line of its own."""
    difference = ImageChops.difference(reduced.convert("RGB"), image)
    channels = cast("tuple[tuple[int, int], ...]", difference.getextrema())
    return max(highest for _, highest in channels) <= _FARTHEST


def _find_owners(figure: Figure) -> dict[Artist, Artist]:
    """Map every artist to the one that is drawn as a whole: a child of the figure or of an axes."""
    owners: dict[Artist, Artist] = {}
    for child in figure.get_children():
        owners[child] = child
        for part in child.get_children():
            apart = isinstance(child, Axes) and _draws_child_by_child(child)
            if isinstance(child, Axes) and part is child.patch:
                apart = False  # under everything: if it moves, so does the whole axes
            owners.update(dict.fromkeys(part.findobj(), part if apart else child))
    return owners


def _draws_child_by_child(axes: Axes) -> bool:
    """Say whether the axes draws its children one by one; polar and 3-D ones do more."""
    return type(axes).draw is Axes.draw


def _in_drawing_order(parent: Figure | Axes) -> list[Artist]:
    """List the children as the parent's own ``draw`` would take them, without its patch."""
    parts = [part for part in parent.get_children() if part is not parent.patch]
    if isinstance(parent, Axes):
        hidden: set[Artist] = set()
        if not parent.axison:
            hidden |= {parent.xaxis, parent.yaxis}
        if not (parent.axison and parent.get_frame_on()):
            hidden |= set(parent.spines.values())
        parts = [part for part in parts if part not in hidden]
    return sorted(parts, key=lambda part: part.get_zorder())


def _data_artists(figure: Figure, artists: Sequence[Artist]) -> list[Artist]:
    """Keep those that carry data: not axes, titles, tick labels or legends."""
    data: set[Artist] = {*figure.texts, *figure.lines, *figure.patches}
    for axes in figure.axes:
        for group in (
            axes.lines,
            axes.patches,
            axes.collections,
            axes.images,
            axes.artists,
            axes.texts,
        ):
            data.update(group)
    return [artist for artist in artists if artist in data]
