"""Looking for expected values, hidden inputs and the collector by walking memory and frames."""

from __future__ import annotations

from hostile_entry import REACH, Entry, breach, late

from nnlab.grading.jobs import Level

ENTRIES: list[Entry] = [
    late(
        "walk-frames-for-expected",
        "Walks up the stack and returns any array of the right shape from a caller's variables.",
        """
        import sys
        def softmax(z):
            frame = sys._getframe().f_back
            while frame is not None:
                for space in (frame.f_locals, frame.f_globals):
                    for name, value in list(space.items()):
                        if name in ("expected", "right", "reference", "answer", "given"):
                            return value
                frame = frame.f_back
            return z
        """,
    ),
    late(
        "inspect-stack",
        "Uses inspect.stack() to find a function called reference or solution, and calls it.",
        """
        import inspect
        def softmax(z):
            for record in inspect.stack():
                spaces = {**record.frame.f_globals, **record.frame.f_locals}
                for name in ("reference", "solution", "exercise", "_reference"):
                    if name in spaces:
                        thing = spaces[name]
                        return getattr(thing, "reference", thing)(z)
            return z
        """,
    ),
    late(
        "traceback-frames",
        "Raises and catches an exception to reach its callers through the traceback.",
        """
        def softmax(z):
            try:
                1 / 0
            except ZeroDivisionError as error:
                frame = error.__traceback__.tb_frame
                while frame.f_back:
                    frame = frame.f_back
                    for value in list(frame.f_locals.values()):
                        if callable(getattr(value, "reference", None)):
                            return value.reference(z)
            return z
        """,
    ),
    late(
        "garbage-search-for-arrays",
        "Returns the array from gc that has the right shape and rows that sum to one.",
        """
        import gc
        def softmax(z):
            for thing in gc.get_objects():
                held = thing.values() if type(thing) is dict else thing
                if type(thing) in (list, tuple, dict):
                    for value in list(held):
                        if type(value) is np.ndarray and value.shape == z.shape and value is not z:
                            if np.allclose(value.sum(axis=1), 1):
                                return value
            return z
        """,
    ),
    late(
        "garbage-search-for-solution",
        "Looks through gc for a function called softmax that is not its own, and calls it.",
        """
        import gc, types
        def softmax(z):
            for thing in gc.get_objects():
                if type(thing) is types.FunctionType and thing is not softmax:
                    if thing.__name__ in ("softmax", "_softmax", "reference", "stable_softmax"):
                        return thing(z)
            return z
        """,
    ),
    late(
        "referrers",
        "Follows gc.get_referrers from its argument to the list of cases and rewrites all of them.",
        """
        import gc
        def softmax(z):
            for holder in gc.get_referrers(z):
                for outer in gc.get_referrers(holder):
                    if type(outer) is list:
                        for index in range(len(outer)):
                            try:
                                outer[index] = (np.zeros((1, 1)),)
                            except BaseException:
                                pass
            return np.ones((1, 1))
        """,
    ),
    late(
        "caller-locals-rewritten",
        "Rewrites the local variables of its callers through their frames.",
        """
        import ctypes, sys
        def softmax(z):
            frame = sys._getframe().f_back
            while frame is not None:
                for name in list(frame.f_locals):
                    if name in ("kind", "answers", "answer", "value", "cases", "case", "returned"):
                        frame.f_locals[name] = z
                        ctypes.pythonapi.PyFrame_LocalsToFast(
                            ctypes.py_object(frame), ctypes.c_int(0)
                        )
                frame = frame.f_back
            return z
        """,
    ),
    late(
        "collector-patched",
        "Finds the collector's functions in all modules and makes them report full success.",
        REACH
        + """
def softmax(z):
    for space in reach():
        for name in ("collect", "_call", "plain", "identical", "judge", "mark"):
            if callable(space.get(name)):
                space[name] = lambda *a, **k: "right"
    return z
""",
    ),
    late(
        "answers-forged",
        "Finds the class Answer, and makes each new one hold rows that sum to one.",
        REACH
        + """
def softmax(z):
    for answer in reached("Answer"):
        answer.__init__ = lambda self, *a, **k: self.__dict__.update(
            kind="value", value=np.full((3, 3), 1 / 3), type="", message="", line=None,
            source="", changed=(), overflow=False, hides_overflow=False, printed=False,
        )
    return z
""",
    ),
    late(
        "unpickled-classes",
        "Walks object.__subclasses__() to loaders and openers, to import what is not importable.",
        """
        def softmax(z):
            for cls in object.__subclasses__():
                if cls.__name__ in ("FileLoader", "SourceFileLoader", "BuiltinImporter"):
                    for name in ("nnlab.activations", "nnlab.exercises.lesson_01_probabilities"):
                        try:
                            return cls.load_module(name).softmax(z)
                        except BaseException:
                            pass
            return z
        """,
    ),
    late(
        "leak-by-message",
        "Carries the hidden inputs out in the message of an exception.",
        """
        def softmax(z):
            raise ValueError("LEAKED " + repr(z.tolist()))
        """,
    ),
    late(
        "leak-by-type-name",
        "Carries the hidden inputs out in the name of an exception's class.",
        """
        def softmax(z):
            raise type("LEAKED_%d" % (10**9 * z[0, 0]), (Exception,), {})()
        """,
    ),
    late(
        "leak-by-foreign-type",
        "Carries the hidden inputs out in the name of the returned object's class.",
        """
        def softmax(z):
            return type("LEAKED %r" % z[0, 0], (), {})()
        """,
    ),
    late(
        "leak-by-returned-text",
        "Returns the hidden inputs as a text, for the feedback to show.",
        """
        def softmax(z):
            return "LEAKED " + repr(z.tolist())
        """,
    ),
    late(
        "leak-by-dict-key",
        "Returns the hidden inputs as the keys of a dict.",
        """
        def softmax(z):
            return {"LEAKED " + repr(float(v)): 1.0 for v in z.ravel()}
        """,
    ),
    late(
        "leak-from-cell",
        "Looks for the hidden cases in memory while the cell is run, and raises with them.",
        """
        import gc, sys
        found = [
            repr(thing.tolist()) for thing in gc.get_objects() if type(thing) is np.ndarray
        ]
        for thing in gc.get_objects():
            if type(thing) in (list, tuple):
                found += [repr(v.tolist()) for v in list(thing) if type(v) is np.ndarray]
        frame = sys._getframe()
        while frame:
            found += [repr(v) for n, v in list(frame.f_locals.items()) if n in ("cases", "job")]
            frame = frame.f_back
        if found:
            raise ValueError("LEAKED " + " ".join(found)[:200])
        """,
    ),
    late(
        "leak-by-source-line",
        "Rewrites linecache so that the quoted line of an error holds the hidden inputs.",
        """
        import linecache
        def softmax(z):
            text = "LEAKED " + repr(z.tolist())
            linecache.getline = lambda *a, **k: text
            for name in list(linecache.cache):
                linecache.cache[name] = (len(text), None, [text] * 100, name)
            raise ValueError
        """,
    ),
    breach(
        "import-nnlab",
        "Imports the reference solution.",
        """
        from nnlab.activations import softmax as given
        DONE = True
        """,
    ),
    breach(
        "import-exercise-module",
        "Imports the module of the exercises, with cases and solutions.",
        """
        import nnlab.exercises.lesson_01_probabilities
        DONE = True
        """,
    ),
    breach(
        "import-by-path",
        "Puts the package's folder on sys.path and imports the solution from there.",
        """
        import sys
        sys.path.insert(0, PACKAGE)
        import nnlab.activations
        DONE = True
        """,
    ),
    late(
        "leak-between-runs",
        "Leaves the hidden inputs wherever it can, for a later run that may speak to read them.",
        """
        import os
        places = [folder + "/" + TOKEN + "-left" for folder in (TMP, ".", "/tmp", "/dev/shm", HOME)]
        def softmax(z):
            earlier = ""
            for place in places:
                try:
                    earlier += open(place).read()
                except OSError:
                    pass
                try:
                    with open(place, "a") as file:
                        file.write(repr(z.tolist()))
                except OSError:
                    pass
            raise ValueError("LEAKED " + earlier)
        """,
    ),
    late(
        "leak-by-system-call",
        "Tries to leave the hidden inputs in shared memory, past the interpreter.",
        REACH
        + """
def softmax(z):
    number = call("openat", HERE, ("/dev/shm/" + TOKEN + "-left").encode(), CREATE, 0o600)
    call("write", number, repr(z.tolist()).encode(), 400)
    text = np.zeros(400, "u1")
    call("lseek", number, 0, 0)
    call("read", number, address(text), 400)
    raise ValueError("LEAKED %r" % text.tobytes())
""",
        Level.LANDLOCK,
    ),
    late(
        "leak-by-file-locks",
        "Leaves a hidden input as a lock on a file that all runs share, for a later run to find.",
        REACH
        + """
import os
def lock(kind, start, length):
    return np.array([kind, start, length, 0])
def softmax(z):
    found = lock(1, 0, 0)
    call("fcntl", os.open("/dev/null", os.O_RDWR), 36, address(found))
    left = lock(1, 10**6 + int(1000 * z[0, 0]), 1)
    for number in range(3):
        call("fcntl", number, 37, address(left))
    kind = found[0] & 0xFFFF
    raise ValueError("LEAKED_%d" % (found[1] - 10**6) if kind != 2 else "nothing")
""",
        Level.LANDLOCK,
    ),
    late(
        "leak-by-descriptor-flags",
        "Leaves a bit of a hidden input as a flag of a descriptor that all runs share.",
        """
import os
def softmax(z):
    flags = [os.get_blocking(number) for number in range(3)]
    for number in range(3):
        os.set_blocking(number, False)
    raise ValueError("nothing" if all(flags) else "LEAKED" + " bits")
""",
    ),
    late(
        "leak-by-left-memory",
        "Looks in fresh memory for what an earlier run left there, the hidden inputs above all.",
        """
        word = b"LEFT" + b"OVER"
        def softmax(z):
            found = b""
            for size in [2**power for power in range(4, 22)]:
                for held in [np.empty(size, "u1") for _ in range(8)]:
                    found += held.tobytes().partition(word)[2][:20]
            raise ValueError("%s_%d " % (word.decode(), int(10**9 * z[0, 0])) + repr(found[:200]))
        """,
    ),
    late(
        "neighbours-code-in-memory",
        "Looks in fresh memory for the code of the student whose notebook was marked before.",
        """
        word = b"e / e." + b"sum(axis"
        DONE = any(
            word in np.empty(2**power, "u1").tobytes() for power in range(4, 22) for _ in range(20)
        )
        def softmax(z):
            if not DONE:
                return z
            e = np.exp(z - z.max(1)[:, None])
            return e / e.sum(1)[:, None]
        """,
    ),
    late(
        "neighbours-code-on-the-heap",
        "Looks for another student's code far beyond the ends of its own arrays.",
        """
        word = b"e / e." + b"sum(axis"
        start = np.zeros(16, "u1")
        heap = np.lib.stride_tricks.as_strided(start, (2**18,))
        DONE = word in heap.tobytes()
        def softmax(z):
            if not DONE:
                return z
            e = np.exp(z - z.max(1)[:, None])
            return e / e.sum(1)[:, None]
        """,
    ),
]
