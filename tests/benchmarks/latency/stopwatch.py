"""Times taken in the page itself, from the event at a control to pixels on the screen."""

import time

from nnlab.live import Choice, Toggle

from .contenders import can_be_dragged

LIMIT = 10_000  # milliseconds for one picture
PAUSE = 40  # milliseconds between a picture and the next move
DRAG_STEPS = 25  # positions a second that a drag passes

# A picture is there when it is decoded and the next frame has begun.
_WATCH = """area => {
    const watch = area.watch = {asked: 0, shown: []};
    let last = area.querySelector('img')?.src;
    for (const kind of ['keydown', 'input', 'change', 'pointermove']) {
        document.addEventListener(kind, () => { watch.asked = performance.now(); }, true);
    }
    new MutationObserver(async () => {
        const image = area.querySelector('img');
        if (!image || image.src === last) return;
        last = image.src;
        await image.decode().catch(() => null);  // the next one has come meanwhile
        requestAnimationFrame(() => watch.shown.push(performance.now()));
    }).observe(area, {childList: true, subtree: true, attributes: true, attributeFilter: ['src']});
}"""


class Stopwatch:
    """Moves the controls of one figure, fresh from its cell, and times the pictures."""

    def __init__(self, notebook, contender, demo):
        self._page = notebook.page
        self._demo = demo
        self._contender = contender
        cell = notebook.cell(contender.call)
        notebook.run(cell)
        self._area = cell.locator(".jp-OutputArea").first
        self._area.locator("img").first.wait_for()
        self._area.locator("img").first.scroll_into_view_if_needed()
        self._area.evaluate(_WATCH)

    def by_keyboard(self, most):
        """Step through the controls; return milliseconds per picture, first visits and others.

        Every control goes forward, back to its start, back further and to its start again, at most
        `most` steps each way.
        """
        times = {True: [], False: []}
        for number, control in enumerate(self._demo.controls):
            count = len(control.positions)
            place = start = control.positions.index(control.start)
            visited = {start}
            for target in (min(count - 1, start + most), start, max(0, start - most), start):
                while place != target:
                    step = 1 if target > place else -1
                    place += step
                    times[place not in visited].append(self._move(number, control, place, step))
                    visited.add(place)
        return times[True], times[False]

    def by_drag(self):
        """Drag every long slider from end to end once.

        Returns, per slider, pictures a second and milliseconds from the last event to the last
        picture.
        """
        found = []
        for number, control in enumerate(self._demo.controls):
            if can_be_dragged(control):
                found.append(self._drag(number, control))
        return found

    def _control(self, number):
        return self._area.locator(self._contender.controls).nth(number)

    def _move(self, number, control, place, step):
        """Move a control by one step to a place; return milliseconds until the picture is there."""
        before = len(self._watched()["shown"])
        if isinstance(control, Choice):
            self._choose(number, place)
        else:
            key = (
                "Space" if isinstance(control, Toggle) else {1: "ArrowRight", -1: "ArrowLeft"}[step]
            )
            self._control(number).press(key)
        self._page.wait_for_function(
            "([area, before]) => area.watch.shown.length > before",
            arg=[self._area.element_handle(), before], timeout=LIMIT,
        )  # fmt: skip
        watch = self._watched()
        self._page.wait_for_timeout(PAUSE)
        return watch["shown"][before] - watch["asked"]

    def _choose(self, number, place):
        """Choose an option; not by keys, some of which JupyterLab takes from a Dropdown."""
        control = self._control(number)
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(index=place)
        else:
            row = control.locator("xpath=ancestor::*[@role='radiogroup']")
            row.get_by_role("radio").nth(place).check()

    def _drag(self, number, control):
        handle = self._control(number)
        track = handle
        if self._contender.track:
            track = handle.locator("xpath=ancestor::*[contains(@class, 'noUi-base')]")
        box = track.bounding_box()
        middle = box["y"] + box["height"] / 2
        length = box["width"] - 2 * self._contender.thumb
        last = len(control.positions) - 1
        start = control.positions.index(control.start)

        def x(place):
            return box["x"] + self._contender.thumb + length * place / last

        mouse = self._page.mouse
        mouse.move(x(start), middle)
        mouse.down()
        mouse.move(x(0), middle)
        self._settle()
        before, begun = len(self._watched()["shown"]), time.perf_counter()
        first_event = self._page.evaluate("performance.now()")
        for place in range(1, last + 1):
            mouse.move(x(place), middle)
            due = begun + place / DRAG_STEPS
            self._page.wait_for_timeout(max(0.0, 1000 * (due - time.perf_counter())))
        asked = self._watched()["asked"]
        self._settle()
        mouse.up()
        shown = self._watched()["shown"][before:]
        mouse.move(x(last), middle + 200)
        return 1000 * len(shown) / (shown[-1] - first_event), max(0.0, shown[-1] - asked)

    def _settle(self):
        """Wait until no further picture comes."""
        count = -1
        while count != (count := len(self._watched()["shown"])):
            self._page.wait_for_timeout(800)

    def _watched(self):
        return self._area.evaluate("area => area.watch")
