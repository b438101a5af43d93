"""Colours over a plane, enlarged to the pixels of the screen in a fifth of Matplotlib's time."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image

from nnlab._arrays import FloatArray
from nnlab.live.style import CLASS_COLORS

__all__ = ["PlaneImage", "tint"]

_SHADES = 1024  # probabilities told apart, before they are put into steps
_GREY = 224


class PlaneImage(Artist):
    """The classes of a plane, tinted by how sure they are.

    Matplotlib's own images resample four channels; here what is given is enlarged first and
    coloured afterwards.

    Parameters
    ----------
    axes : Axes
        Where to draw; with linear scales.
    xlim, ylim : tuple of float
        Where the middles of the outer points lie.
    """

    def __init__(self, axes: Axes, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
        super().__init__()
        self._corners = np.column_stack([xlim, ylim])
        self._p: FloatArray = np.full((2, 2, 2), 0.5)
        # Above the ticks, so that those stay in the still background.
        self.set_zorder(1)
        self.set_in_layout(False)
        axes.add_artist(self)

    def set_probabilities(self, p: FloatArray) -> None:
        """Take new probabilities.

        Parameters
        ----------
        p : ndarray of float, shape (height, width, classes)
            Rows from low y to high y; NaN in all classes of a point where there is none.
        """
        self._p = p
        self.stale = True

    def colors(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return the colours of a picture of the plane.

        Parameters
        ----------
        width, height : int
            In pixels, the middles of the outer points on its edges.

        Returns
        -------
        ndarray of uint8, shape (height, width, 4)
            Red, green, blue and an alpha channel of 255.
        """
        if self._p.shape[-1] > 2:
            tinted = Image.fromarray(tint(self._p))
            return np.array(_enlarged(tinted, width, height).convert("RGBA"))
        # Enlarged as probabilities, and then put into steps, the borders of these are smooth.
        p = self._p[..., 1].astype(np.float32)
        none = np.isnan(p)
        enlarged = _enlarged(Image.fromarray(np.where(none, np.float32(0.5), p)), width, height)
        shades = (np.clip(np.asarray(enlarged), 0, 1) * (_SHADES - 0.5)).astype(np.uint16)
        pixels = _TABLE[shades].view(np.uint8).reshape(height, width, 4)
        if none.any():
            missing = _enlarged(Image.fromarray(none.astype(np.float32)), width, height)
            pixels[np.asarray(missing) > 0] = (_GREY, _GREY, _GREY, 255)
        return pixels

    def draw(self, renderer: RendererBase) -> None:
        """Draw the part of the plane that lies inside the axes."""
        assert self.axes is not None
        if self.get_visible():
            (left, bottom), (right, top) = (
                np.round(self.axes.transData.transform(self._corners)).astype(int).tolist()
            )
            gc = renderer.new_gc()
            gc.set_clip_rectangle(self.axes.bbox)
            renderer.draw_image(gc, left, bottom, self.colors(right - left, top - bottom))
            gc.restore()
        self.stale = False


def tint(p: FloatArray) -> NDArray[np.uint8]:
    """Mix the colour of the likeliest class into white, from 15 % (unsure) to 55 % (sure).

    In eight steps, which show as clear bands; a palette would make irregular ones of a ramp.

    Parameters
    ----------
    p : ndarray of float, shape (..., classes)
        Probabilities of at most as many classes as there are colours.

    Returns
    -------
    ndarray of uint8, shape (..., 3)
        Red, green and blue; grey where a probability is not a number.
    """
    colors = np.array([to_rgb(color) for color in CLASS_COLORS[: p.shape[-1]]])
    chance = 1 / p.shape[-1]
    sure = np.clip((p.max(axis=-1, keepdims=True) - chance) / (1 - chance), 0, 1)
    share = 0.15 + 0.40 * np.round(8 * sure) / 8
    mixed = (1 - share) + share * colors[p.argmax(axis=-1)]
    return np.round(np.where(np.isnan(mixed), _GREY, 255 * mixed)).astype(np.uint8)


def _enlarged(image: Image.Image, width: int, height: int) -> Image.Image:
    # The middles of the outer points are the edges of the picture.
    box = (0.5, 0.5, image.width - 0.5, image.height - 0.5)
    if 1 in image.size:  # a single row or column fills it
        box = (0, 0, image.width, image.height)
    return image.resize((width, height), Image.Resampling.BILINEAR, box=box)


def _color_table() -> NDArray[np.uint32]:
    """Return the colours of probabilities from 0 to 1, each as the four bytes of a pixel."""
    p = (np.arange(_SHADES) + 0.5) / _SHADES
    opaque = np.full((_SHADES, 1), 255, np.uint8)
    return np.hstack([tint(np.stack([1 - p, p], axis=-1)), opaque]).view(np.uint32)[:, 0]


_TABLE = _color_table()
