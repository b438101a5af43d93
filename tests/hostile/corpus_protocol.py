"""Talking to the grader behind the worker's back: forged frames, closed and copied descriptors."""

from __future__ import annotations

import textwrap

from hostile_entry import REACH, Entry, late

_FIND = """
import os, struct, sys
numbers = []
for number in range(256):
    try:
        os.fstat(number)
        numbers.append(number)
    except OSError:
        pass
def modules_with(*names):
    return [thing for thing in reached(*names) if callable(thing)]
"""


def _forged(name: str, trick: str, code: str) -> Entry:
    return late(name, trick, REACH + _FIND + textwrap.dedent(code))


ENTRIES: list[Entry] = [
    _forged(
        "noise-to-every-descriptor",
        "Writes noise to every open descriptor before the answers.",
        """
        for number in numbers:
            try:
                os.set_blocking(number, False)
                os.write(number, bytes(range(256)) * 16)
            except OSError:
                pass
        """,
    ),
    _forged(
        "noise-in-function",
        "Writes a few bytes to every open descriptor between two answers.",
        """
        def softmax(z):
            for number in numbers:
                try:
                    os.set_blocking(number, False)
                    os.write(number, b"\\x00")
                except OSError:
                    pass
            return z
        """,
    ),
    _forged(
        "json-claims",
        "Writes claims of full marks as JSON to every descriptor and leaves with success.",
        """
        for number in numbers:
            try:
                os.set_blocking(number, False)
                os.write(number, b'{"state": "right", "points": 4.0, "answers": []}\\n')
            except OSError:
                pass
        os._exit(0)
        """,
    ),
    _forged(
        "huge-frames-announced",
        "Announces frames of 4 GB in every byte order and sends none of them.",
        """
        for number in numbers:
            for form in ("<I", ">I", "<Q", ">Q"):
                try:
                    os.set_blocking(number, False)
                    os.write(number, struct.pack(form, 0xFFFFFFF0) + b"A" * 16)
                except OSError:
                    pass
        """,
    ),
    _forged(
        "empty-frames",
        "Writes thousands of empty frames to every descriptor.",
        """
        for number in numbers:
            try:
                os.set_blocking(number, False)
                for _ in range(64):
                    os.write(number, bytes(4096))
            except OSError:
                pass
        """,
    ),
    _forged(
        "worker-functions-called",
        "Finds the worker's own functions for frames and sends answers of its own with them.",
        """
        class Answer:
            kind, value, type, message, line, source = "value", [[1.0]], "", "", None, ""
            changed, overflow, hides_overflow, printed = (), False, False, False
        def softmax(z):
            for answer in list(modules_with("Answer")) or [Answer]:
                try:
                    made = answer("value", np.full(z.shape, 1 / z.shape[1]))
                except TypeError:
                    made = answer()
                for pack in modules_with(
                    "pack", "pack_answer", "frame", "answer_frame"
                ):
                    for number in numbers:
                        for letter in (0, 1, b"A", b"E", b"P"):
                            for arguments in ((made,), (letter, made), (made, letter)):
                                try:
                                    os.set_blocking(number, False)
                                    os.write(number, pack(*arguments))
                                except BaseException:
                                    pass
            return z
        """,
    ),
    _forged(
        "worker-writers-called",
        "Calls every function of the worker that is named like sending, with claims of its own.",
        """
        def softmax(z):
            for send in modules_with("_send", "write", "send", "_reply"):
                for arguments in ((z.tobytes(),), (1, z), (3, b"E", b"\\x01")):
                    try:
                        send(*arguments)
                    except BaseException:
                        pass
            return z
        """,
    ),
    _forged(
        "all-done-and-exit",
        "Repeats the worker's first answer for all cases, says that all is done, and leaves.",
        """
        import gc
        def softmax(z):
            for thing in gc.get_objects():
                if type(thing).__name__ in ("BufferedWriter", "FileIO", "BytesIO"):
                    try:
                        thing.write(struct.pack("<IB", 1, 0) * 6)
                        thing.flush()
                    except BaseException:
                        pass
            os._exit(0)
        """,
    ),
    _forged(
        "descriptors-closed",
        "Closes every descriptor there is.",
        "os.closerange(0, 256)\n",
    ),
    _forged(
        "descriptors-closed-in-function",
        "Closes every descriptor in the second call and goes on.",
        """
        calls = []
        def softmax(z):
            calls.append(1)
            if len(calls) == 2:
                os.closerange(0, 256)
            return z
        """,
    ),
    _forged(
        "descriptors-shuffled",
        "Points every descriptor at another one.",
        """
        def softmax(z):
            for first, second in zip(numbers, numbers[1:]):
                os.dup2(first, second)
            return z
        """,
    ),
    _forged(
        "descriptors-read",
        "Reads from every descriptor, in search of other students' jobs.",
        """
        found = b""
        for number in numbers:
            try:
                os.set_blocking(number, False)
                found += os.read(number, 2**20)
            except OSError:
                pass
        if found:
            raise ValueError("LEAKED %r" % found[:100])
        """,
    ),
    _forged(
        "descriptors-blocked",
        "Fills every pipe without reading, so that the grader would wait.",
        """
        for number in numbers:
            try:
                os.set_blocking(number, False)
                for _ in range(64):
                    os.write(number, b"\\xff" * 65536)
            except OSError:
                pass
        """,
    ),
    _forged(
        "descriptors-passed-to-child",
        "Leaves a child behind that holds all descriptors open.",
        """
        import time
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
        os._exit(0)
        """,
    ),
    _forged(
        "objects-of-worker-rewritten",
        "Finds the job and its cells in memory, and empties the list of cases that remain.",
        """
        import gc
        def softmax(z):
            for thing in gc.get_objects():
                if type(thing) is list and thing and type(thing[0]) is tuple:
                    if any(value is z for value in thing[0]):
                        thing.clear()
                if type(thing).__name__ in ("Job", "Limits", "Run"):
                    for name in ("cases", "wall", "call", "memory", "answers"):
                        try:
                            object.__setattr__(thing, name, [])
                        except BaseException:
                            pass
            return z
        """,
    ),
    _forged(
        "frames-of-wrong-types",
        "Makes the worker pack things that are no plain data, by lying types.",
        """
        def softmax(z):
            for space in reach():
                for name in ("plain", "MAX_ITEMS", "MAX_BYTES", "MAX_DEPTH", "MAX_TEXT", "DTYPES"):
                    if name in space:
                        space[name] = (lambda value: value) if name == "plain" else 10**12
            return z + 1j
        """,
    ),
    _forged(
        "million-answers",
        "Lifts the worker's limits on size and returns 80 MB.",
        """
        def softmax(z):
            for space in reach():
                for name in ("MAX_ITEMS", "MAX_BYTES", "MAX_DEPTH", "MAX_TEXT", "MAX_FRAME"):
                    if name in space:
                        space[name] = 10**12
            return np.zeros(10_000_000)
        """,
    ),
    _forged(
        "answer-for-next-case",
        "Answers with what the next case should give, by keeping the arguments of every call.",
        """
        kept = []
        def softmax(z):
            kept.append(z)
            return kept[0]
        """,
    ),
]
