"""The runner of the playground with pages that answer, fall silent, hide and go."""

import dataclasses
import re
import sys
import threading
import time

import pytest

from nnlab.live.playground_runner import SPEEDS, Runner
from nnlab.live.playground_settings import Settings
from nnlab.live.playground_training import Training

NAME = "nnlab test playground"
PATIENCE = 20  # seconds for what must happen


def threads():
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.005)


class Page:
    """A page with one view; its pictures say which update they show."""

    def __init__(self, settings, *, silence=PATIENCE, draw=None):
        self.reports = []
        self.answers = True  # whether pictures are acknowledged
        self.unanswered = []  # numbers of pictures
        self.runner = Runner(
            Training(settings), draw or self.draw, self.receive, NAME, silence=silence
        )

    @staticmethod
    def draw(snapshot):
        return f"{snapshot.updates} {snapshot.settings}".encode()

    def receive(self, report):
        self.reports.append(report)
        if report.picture is not None:
            self.unanswered.append(report.number)
            if self.answers:
                self.acknowledge()

    def acknowledge(self):
        while self.unanswered:
            self.runner.acknowledge(self.unanswered.pop(0))

    @property
    def updates(self):
        """What the pictures so far show."""
        pictures = [report.picture for report in self.reports if report.picture is not None]
        return [int(picture.split()[0]) for picture in pictures]

    def wait_for_pictures(self, more):
        before = len(self.updates)
        wait_for(lambda: len(self.updates) >= before + more, f"{more} pictures")


@pytest.fixture
def page():
    """Make pages that are being looked at; nothing is left of them at the end."""
    made = []

    def make(settings=Settings(), **options):  # noqa: B008 - frozen
        made.append(Page(settings, **options))
        made[-1].runner.enter("view")
        return made[-1]

    yield make
    for one in made:
        one.runner.close()
    wait_for(lambda: not threads(), "the end of all threads")


def test_it_plays_and_pauses(page):
    one = page()
    assert one.updates == [0]
    assert not threads()
    one.runner.play()
    one.wait_for_pictures(4)
    assert len(threads()) == 1
    assert all(thread.daemon for thread in threads())
    one.runner.pause()
    wait_for(lambda: not threads(), "the end of the thread")
    seen = len(one.reports)
    last = one.reports[-1]
    assert not last.playing
    assert last.message == f"Paused after {one.updates[-1]} updates."
    assert f"After {one.updates[-1]} updates" in last.sentence
    assert one.updates[:-1] == sorted(one.updates[:-1])
    assert one.updates[4] == 4 * SPEEDS["normal"]
    one.runner.play()
    one.wait_for_pictures(2)
    assert one.reports[seen].playing
    assert one.updates[-1] > one.updates[seen - 1]


def test_what_it_trains_does_not_depend_on_how_it_is_played(page):
    one = page()
    one.runner.play()
    one.wait_for_pictures(3)
    one.runner.pause()
    played = one.runner._training.snapshot()
    alone = Training(Settings()).advance(played.updates)
    assert (played.surface == alone.surface).all()


def test_a_picture_waits_for_the_one_before(page):
    one = page()
    one.answers = False
    one.runner.play()
    one.wait_for_pictures(1)
    time.sleep(0.3)
    assert one.updates == [0, 5]  # no second one, however long it takes
    number = one.unanswered[0]
    one.acknowledge()
    one.wait_for_pictures(1)
    one.runner.acknowledge(number)  # said once more, it means nothing
    time.sleep(0.3)
    assert one.updates == [0, 5, 10]


def test_silence_ends_the_thread_and_an_answer_brings_it_back(page):
    one = page(silence=0.2)
    one.answers = False
    one.runner.play()
    one.wait_for_pictures(1)
    wait_for(lambda: not threads(), "the end of the thread")
    shown = len(one.updates)
    time.sleep(0.3)
    assert len(one.updates) == shown
    one.answers = True
    one.acknowledge()
    one.wait_for_pictures(3)
    assert len(threads()) == 1


@pytest.mark.parametrize("how", ["hide", "leave"])
def test_it_goes_on_only_while_somebody_looks(page, how):
    one = page()
    one.runner.play()
    one.wait_for_pictures(2)
    one.runner.leave("view") if how == "leave" else one.runner.watch("view", seen=False)
    wait_for(lambda: not threads(), "the end of the thread")
    assert one.runner.deserted == (how == "leave")
    shown = one.updates[-1]
    one.runner.enter("another") if how == "leave" else one.runner.watch("view", seen=True)
    one.wait_for_pictures(3)
    assert shown < one.updates[-1] < shown + 20 * SPEEDS["normal"]
    assert not one.runner.deserted


def test_it_stays_paused_when_somebody_looks_again(page):
    one = page()
    one.runner.watch("view", seen=False)
    one.runner.watch("view", seen=True)
    assert not threads()
    assert one.updates == [0]


def test_a_second_view_keeps_it_going_and_sees_the_same(page):
    one = page()
    one.runner.play()
    one.wait_for_pictures(1)
    one.runner.enter("second")
    one.runner.leave("view")
    one.wait_for_pictures(3)
    assert len(threads()) == 1


def test_a_step_is_one_update(page):
    one = page()
    one.runner.step()
    one.runner.step()
    assert one.updates == [0, 1, 2]
    assert one.reports[-1].message == "Update 2."
    one.runner.play()
    one.wait_for_pictures(1)
    one.runner.step()
    wait_for(lambda: not threads(), "the end of the thread")
    assert not one.reports[-1].playing


def test_reset_brings_back_the_first_picture_and_the_first_settings(page):
    one = page()
    one.runner.play()
    one.wait_for_pictures(2)
    one.runner.change(Settings(learning_rate=1.0, units=3))
    one.wait_for_pictures(2)
    one.runner.reset()
    last = one.reports[-1]
    assert last.picture == one.reports[0].picture
    assert (last.playing, last.settings) == (False, Settings())
    assert last.sentence == one.reports[0].sentence


def test_a_picture_drawn_before_a_new_start_is_not_shown_after_it(page):
    one = page()
    one.answers = False
    one.runner.play()
    one.wait_for_pictures(1)
    # The next picture is drawn and waits until this one has arrived.
    wait_for(lambda: one.runner._training.updates == 10, "the next updates")
    time.sleep(0.05)
    one.runner.restart()
    one.answers = True
    one.acknowledge()
    one.wait_for_pictures(2)
    assert one.updates[:5] == [0, 5, 0, 5, 10]


def test_a_change_while_it_plays_is_in_force_and_shown(page):
    one = page()
    one.runner.play()
    one.wait_for_pictures(2)
    one.runner.change(dataclasses.replace(Settings(), learning_rate=0.3))
    one.wait_for_pictures(2)
    assert one.reports[-1].settings.learning_rate == 0.3
    assert one.updates == sorted(one.updates)
    assert one.runner._training.snapshot().changes != ()
    one.runner.change(dataclasses.replace(Settings(), units=3))
    assert any(report.message == "A new network." for report in one.reports)
    one.wait_for_pictures(2)
    assert one.reports[-1].playing
    assert one.reports[-1].settings.units == 3


def test_speed_is_updates_per_picture(page):
    one = page()
    for speed, updates in SPEEDS.items():
        one.runner.set_speed(speed)
        one.runner.restart()
        one.runner.play()
        one.wait_for_pictures(2)
        one.runner.pause()
        start = len(one.updates) - 1 - one.updates[::-1].index(0)
        first = one.updates[start + 1]
        assert first == updates or (speed == "fast" and 1 <= first < updates)  # its time is limited


def test_a_failure_in_the_thread_is_told(page):
    drawn = []

    def draw(snapshot):
        drawn.append(snapshot.updates)
        if snapshot.updates == 10:
            raise MemoryError("no room for a picture")
        return Page.draw(snapshot)

    one = page(draw=draw)
    one.runner.play()
    wait_for(lambda: not one.reports[-1].playing, "the message")
    assert one.reports[-1].message == "The training stopped. MemoryError: no room for a picture"
    assert one.reports[-1].picture is None
    wait_for(lambda: not threads(), "the end of the thread")
    assert drawn == [0, 5, 10]


def test_divergence_stops_with_a_sentence_and_the_last_picture(page):
    settings = Settings(optimizer="SGD", learning_rate=10.0, activation="linear", hidden_layers=4)
    one = page(settings)
    one.runner.play()
    wait_for(lambda: not one.reports[-1].playing, "the message")
    assert re.match(r"The training diverged at update \d+: ", one.reports[-1].message)
    wait_for(lambda: not threads(), "the end of the thread")
    one.runner.play()
    assert not threads()
    assert not one.reports[-1].playing
    assert "has diverged" in one.reports[-1].message
    one.runner.change(dataclasses.replace(settings, learning_rate=0.01))
    one.runner.restart()
    one.runner.play()
    one.wait_for_pictures(2)


def test_a_closed_one_ends_and_says_no_more(page):
    one = page()
    one.runner.play()
    one.wait_for_pictures(2)
    one.runner.close()
    wait_for(lambda: not threads(), "the end of the thread")
    said = len(one.reports)
    one.runner.play()
    one.runner.step()
    one.runner.watch("view", seen=True)
    one.runner.close()
    assert len(one.reports) == said
    assert not threads()


def test_threads_take_short_turns_only_while_it_plays(page):
    usual = sys.getswitchinterval()
    one, other = page(), page()
    one.runner.play()
    other.runner.play()
    one.wait_for_pictures(2)
    other.wait_for_pictures(2)
    assert sys.getswitchinterval() < usual / 5
    one.runner.pause()
    wait_for(lambda: len(threads()) == 1, "the end of one thread")
    assert sys.getswitchinterval() < usual / 5
    other.runner.pause()
    wait_for(lambda: not threads(), "the end of both threads")
    assert sys.getswitchinterval() == usual


def test_orders_from_many_threads_leave_one_thread(page):
    one = page()
    orders = [one.runner.play, one.runner.pause, one.runner.restart, one.runner.play]
    callers = [threading.Thread(target=order) for order in 10 * orders]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    one.runner.play()
    one.wait_for_pictures(2)
    wait_for(lambda: len(threads()) == 1, "the others to end")
