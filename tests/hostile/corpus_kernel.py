"""Tricks inside the interpreter: what is patched there must not matter to the mark."""

from __future__ import annotations

from hostile_entry import Entry, early, late

ENTRIES: list[Entry] = [
    early(
        "patched-assert-helpers",
        "Replaces the comparisons of numpy.testing and unittest by functions that accept all.",
        """
        import unittest
        import numpy.testing
        for name in dir(numpy.testing):
            if name.startswith("assert"):
                setattr(numpy.testing, name, lambda *a, **k: None)
        for name in dir(unittest.TestCase):
            if name.startswith("assert"):
                setattr(unittest.TestCase, name, lambda *a, **k: None)
        """,
    ),
    early(
        "patched-allclose",
        "Replaces every comparison of arrays in NumPy by one that says yes.",
        """
        import numpy as np
        for name in ("allclose", "isclose", "array_equal", "array_equiv", "all", "any", "equal"):
            setattr(np, name, lambda *a, **k: np.bool_(True))
        """,
    ),
    late(
        "patched-builtins",
        "Replaces abs, isinstance, len, type, print, all, any, zip, round, max, min and sum.",
        """
        import builtins
        def softmax(z):
            builtins.abs = builtins.round = lambda *a: 0
            builtins.isinstance = builtins.issubclass = lambda *a: True
            builtins.all = builtins.any = lambda *a: True
            builtins.len = lambda *a: 4
            builtins.print = builtins.repr = lambda *a, **k: "4.0"
            builtins.zip = lambda *a, **k: iter(())
            builtins.max = builtins.min = builtins.sum = lambda *a, **k: 0.0
            return z
        """,
    ),
    late(
        "patched-type",
        "Replaces the builtin `type` by one that calls everything a float array.",
        """
        import builtins
        def softmax(z):
            builtins.type = lambda *a: np.ndarray
            builtins.dict = builtins.tuple = builtins.list = builtins.float = lambda *a, **k: 1.0
            return "all points, please"
        """,
    ),
    late(
        "patched-import",
        "Replaces __import__ so that every later import gets an agreeable object.",
        """
        import builtins
        class Agreeable:
            def __getattr__(self, name): return self
            def __call__(self, *a, **k): return self
            def __eq__(self, other): return True
            def __hash__(self): return 0
            def __iter__(self): return iter(())
            def __bool__(self): return True
        builtins.__import__ = lambda *a, **k: Agreeable()
        """,
    ),
    early(
        "patched-build-class",
        "Replaces __build_class__ so that classes made later compare equal to everything.",
        """
        import builtins
        _build = builtins.__build_class__
        def agreeable(function, name, *bases, **kwargs):
            made = _build(function, name, *bases, **kwargs)
            try:
                made.__eq__ = lambda self, other: True
            except TypeError:
                pass
            return made
        builtins.__build_class__ = agreeable
        """,
    ),
    late(
        "patched-ufuncs",
        "Replaces NumPy's ufuncs and constructors, in the hope that expected values use them.",
        """
        for name in ("exp", "sum", "mean", "subtract", "absolute", "maximum", "array", "asarray",
                     "ascontiguousarray", "copyto", "errstate", "seterr", "ndarray"):
            setattr(np, name, lambda *a, **k: 0.0)
        """,
    ),
    late(
        "patched-ndarray-methods",
        "Tries to give numpy.ndarray another __eq__, __sub__ and tobytes, also with ctypes.",
        """
        for name in ("__eq__", "__sub__", "tobytes", "copy"):
            try:
                setattr(np.ndarray, name, lambda self, *a: True)
            except TypeError:
                pass
        try:
            import ctypes
            space = ctypes.py_object.from_address(
                id(np.ndarray.__dict__) + 2 * ctypes.sizeof(ctypes.c_void_p)
            ).value
            space["tobytes"] = lambda self, *a: b""
        except BaseException:
            pass
        """,
    ),
    late(
        "patched-core-umath",
        "Reaches into numpy._core and replaces what arrays call when they are compared and copied.",
        """
        import sys
        for name, module in list(sys.modules.items()):
            if name.startswith("numpy._core"):
                for attribute in ("array", "multiarray", "umath", "_methods", "asanyarray"):
                    if hasattr(module, attribute):
                        try:
                            setattr(module, attribute, None)
                        except BaseException:
                            pass
        """,
    ),
    early(
        "ipython-hooks",
        "Registers an input transformer, an AST transformer and a hook after every cell.",
        """
        try:
            shell = get_ipython()
        except NameError:
            from IPython import get_ipython
            shell = get_ipython()
        shell.input_transformers_post.append(lambda lines: ["4.0\\n"])
        shell.events.register("post_run_cell", lambda result: setattr(result, "result", 4.0))
        import ast
        class Four(ast.NodeTransformer):
            def visit_Call(self, node):
                return ast.Constant(4.0)
        shell.ast_transformers.append(Four())
        """,
    ),
    early(
        "fake-ipython",
        "Defines get_ipython itself, with a kernel that claims four points for everything.",
        """
        def get_ipython():
            class Shell:
                def __getattr__(self, name): return lambda *a, **k: 4.0
            return Shell()
        """,
    ),
    early(
        "display-hooks",
        "Replaces sys.displayhook and sys.excepthook, so that a shown value is 4.0.",
        """
        import sys
        sys.displayhook = lambda value: sys.stdout.write("4.0")
        sys.excepthook = lambda *a: None
        sys.unraisablehook = lambda *a: None
        sys.breakpointhook = lambda *a, **k: 4.0
        """,
    ),
    late(
        "modules-replaced",
        "Replaces every loaded module by one whose functions all return the number 4.",
        """
        import sys
        class Four:
            __spec__ = __path__ = __file__ = None
            def __getattr__(self, name): return lambda *a, **k: 4.0
        def softmax(z):
            for name in list(sys.modules):
                sys.modules[name] = Four()
            return z
        """,
    ),
    late(
        "modules-emptied",
        "Clears the namespace of every module that is neither NumPy's nor the standard library's.",
        """
        import sys
        def softmax(z):
            for name, module in list(sys.modules.items()):
                if name.partition(".")[0] not in sys.stdlib_module_names | {"numpy"}:
                    getattr(module, "__dict__", {}).clear()
            return z
        """,
    ),
    late(
        "main-emptied",
        "Deletes everything from __main__, where the worker may live.",
        """
        import __main__
        def softmax(z):
            vars(__main__).clear()
            return z
        """,
    ),
    late(
        "trace",
        "Sets a trace function that rewrites local variables and returns of every later frame.",
        """
        import sys
        def trace(frame, event, argument):
            for name in ("points", "score", "expected", "kind", "value", "verdict"):
                if name in frame.f_locals:
                    frame.f_locals[name] = 4.0
            return trace
        sys.settrace(trace)
        def softmax(z):
            sys.settrace(trace)
            frame = sys._getframe()
            while frame:
                frame.f_trace = trace
                frame = frame.f_back
            return z
        """,
    ),
    late(
        "profile-and-monitoring",
        "Hooks into every call with sys.setprofile and sys.monitoring.",
        """
        import sys, threading
        def profile(frame, event, argument):
            if event == "return" and frame.f_code.co_name != "profile":
                frame.f_locals.update(dict.fromkeys(frame.f_locals, 4.0))
        sys.setprofile(profile)
        threading.setprofile(profile)
        def softmax(z):
            sys.setprofile(profile)
            return z
        """,
    ),
    late(
        "atexit",
        "Registers functions for the end of the process that write claims to every descriptor.",
        """
        import atexit, os, weakref, sys
        def claim():
            for number in range(20):
                try:
                    os.write(number, b'{"score": 4.0}')
                except OSError:
                    pass
        atexit.register(claim)
        weakref.finalize(np, claim)
        """,
    ),
    late(
        "signal-handlers",
        "Ignores or answers every signal, so that no clock of the worker's can stop it.",
        """
        import signal, time
        for number in signal.valid_signals():
            try:
                signal.signal(number, lambda *a: None)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        until = time.monotonic() + 5
        while time.monotonic() < until:
            pass
        """,
    ),
    late(
        "thread-edits-answers",
        "Starts a thread that overwrites every float array it finds while answers are gathered.",
        """
        import gc, threading, time
        def edit():
            until = time.monotonic() + 2
            while time.monotonic() < until:
                for thing in gc.get_objects():
                    if type(thing) is np.ndarray and thing.dtype == float and thing.flags.writeable:
                        thing[...] = 0.25
                time.sleep(0.01)
        threading.Thread(target=edit, daemon=True).start()
        """,
    ),
    late(
        "warnings-linecache-io",
        "Replaces parts of warnings, linecache, io and contextlib that a collector may use.",
        """
        import contextlib, dis, io, linecache, warnings
        linecache.getline = linecache.getlines = lambda *a, **k: "4.0"
        warnings.catch_warnings = contextlib.redirect_stdout = None
        warnings.simplefilter = warnings.showwarning = None
        io.TextIOBase.write = None if False else io.TextIOBase.write
        dis.get_instructions = lambda *a: iter(())
        contextlib.contextmanager = contextlib.ExitStack = None
        """,
    ),
    late(
        "pickle-and-struct",
        "Replaces struct, json, pickle and zlib, with which a worker may write its frames.",
        """
        import json, pickle, struct, zlib
        json.dumps = lambda *a, **k: '{"points": 4.0, "state": "right"}'
        json.loads = lambda *a, **k: {"points": 4.0}
        struct.pack = lambda *a: b"\\x00" * 8
        struct.calcsize = lambda *a: 0
        pickle.dumps = lambda *a, **k: b"cos\\nsystem\\n(S'true'\\ntR."
        zlib.crc32 = lambda *a: 0
        """,
    ),
    late(
        "frozen-garbage-collector",
        "Turns garbage collection off, sets callbacks on it and breaks the recursion limit.",
        """
        import gc, sys
        gc.disable()
        gc.callbacks.append(lambda *a: 1 / 0)
        sys.setrecursionlimit(60)
        sys.setswitchinterval(100)
        sys.set_int_max_str_digits(0)
        """,
    ),
    late(
        "audit-hook",
        "Adds an audit hook of its own that raises on everything the worker does next.",
        """
        import sys
        def softmax(z):
            sys.addaudithook(lambda name, arguments: (_ for _ in ()).throw(MemoryError(name)))
            return z
        """,
    ),
    late(
        "decorator-of-everything",
        "Wraps every function it can reach so that all of them return the number 4.",
        """
        import gc, types
        four = (lambda *a, **k: 4.0).__code__
        def softmax(z):
            for thing in gc.get_objects():
                if type(thing) is types.FunctionType and not thing.__code__.co_freevars:
                    try:
                        thing.__code__ = four
                    except BaseException:
                        pass
            return z
        """,
    ),
    early(
        "check-returns-all-points",
        "Defines check, hint, solution and a fake nnlab before the exercises.",
        """
        import sys, types
        check = lambda *a, **k: 4.0
        fake = types.ModuleType("nnlab")
        fake.check = check
        for name in ("", ".exercises", ".exercises.checking", ".exercises.verdict",
                     ".exercises.answers", ".grading", ".grading.frames"):
            sys.modules["nnlab" + name] = fake
        """,
    ),
    late(
        "function-replaced-by-callable",
        "The entry is an object whose __call__, __code__ and __name__ all lie.",
        """
        class Liar:
            __name__ = "softmax"
            __code__ = (lambda z: None).__code__
            points = max_points = score = 4.0
            state = "right"
            def __call__(self, *a): return self
            def __getattr__(self, name): return self
            def __eq__(self, other): return True
            def __hash__(self): return 0
        softmax = Liar()
        """,
    ),
    late(
        "generator-function",
        "The function is a generator that would compute its answer when it is compared.",
        """
        def softmax(z):
            yield from z
        """,
    ),
    late(
        "coroutine-function",
        "The function is a coroutine that is never awaited.",
        """
        async def softmax(z):
            return z
        """,
    ),
    late(
        "exit-in-function",
        "The function calls exit(), as if to end the marking with what was reached so far.",
        """
        import sys
        def softmax(z):
            sys.exit(0)
        """,
    ),
    late(
        "exit-in-cell",
        "The cell itself calls exit().",
        """
        raise SystemExit("all points")
        """,
    ),
    late(
        "entry-is-a-class",
        "The entry is a class whose construction returns an agreeable object.",
        """
        class softmax(np.ndarray):
            def __new__(cls, z):
                return np.zeros(z.shape).view(cls)
            def __eq__(self, other):
                return np.ones(self.shape, bool)
            def __array_finalize__(self, other):
                pass
        softmax = softmax
        """,
    ),
    late(
        "metaclass-entry",
        "The entry's type lies about itself: a metaclass answers every question with yes.",
        """
        class Meta(type):
            def __instancecheck__(cls, thing): return True
            def __subclasscheck__(cls, other): return True
            def __eq__(cls, other): return True
            def __hash__(cls): return hash(np.ndarray)
        class Yes(metaclass=Meta):
            __module__ = "numpy"
            @property
            def __class__(self): return np.ndarray
            def __call__(self, z): return self
        softmax = Yes()
        """,
    ),
    late(
        "names-deleted",
        "Deletes its own function and the names of the interpreter's builtins after definition.",
        """
        def softmax(z):
            return z
        del softmax
        import builtins
        for name in ("Exception", "BaseException", "TypeError", "KeyboardInterrupt", "compile"):
            delattr(builtins, name)
        """,
    ),
    late(
        "debugger",
        "Opens a debugger and waits for input from the terminal.",
        """
        def softmax(z):
            breakpoint()
            return input("points? ")
        """,
    ),
]
