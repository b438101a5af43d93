"""Return values that are no answers: liars, giants, loops, foreign types."""

from __future__ import annotations

from hostile_entry import Entry, late, returned

_EQUAL = """
class Equal{base}:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __le__(self, other): return True
    __lt__ = __ge__ = __gt__ = __le__
    def __abs__(self): return 0.0
    def __bool__(self): return True
    def __float__(self): return 0.5
    def __hash__(self): return 0
    def __array_ufunc__(self, *a, **k): return True
    def __getattr__(self, name): return 0.0
"""


def _equal(base: str) -> str:
    return _EQUAL.replace("{base}", f"({base})" if base else "")


ENTRIES: list[Entry] = [
    returned("always-equal", "An object equal to everything.", "Equal()", _equal("")),
    returned("always-equal-float", "A float equal to everything.", "Equal(0.5)", _equal("float")),
    returned("always-equal-dict", "A dict equal to everything.", "Equal()", _equal("dict")),
    returned("always-equal-str", "A text equal to everything.", "Equal('a')", _equal("str")),
    returned("always-equal-tuple", "A tuple equal to all.", "Equal((1.0,))", _equal("tuple")),
    returned(
        "ndarray-subclass",
        "An array of a subclass that compares equal to everything.",
        "np.zeros(z.shape).view(Agree)",
        """
        class Agree(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                return np.ones(self.shape, bool)
            def __eq__(self, other): return np.ones(self.shape, bool)
            def tobytes(self, *a): return b""
        """,
    ),
    returned(
        "list-of-liars",
        "A plain list that holds always-equal floats deep inside.",
        "[[Equal(0.5) for _ in row] for row in z]",
        _equal("float"),
    ),
    returned(
        "array-protocol-liar",
        "An object whose __array__ gives another array each time it is asked.",
        "Liar()",
        """
        class Liar:
            count = 0
            def __array__(self, *a, **k):
                Liar.count += 1
                return np.full((3, 3), Liar.count / 3)
        """,
    ),
    returned(
        "array-interface-liar",
        "An object whose __array_interface__ points to memory that is not its own.",
        "Liar()",
        """
        class Liar:
            __array_interface__ = {
                "shape": (10**6,), "typestr": "<f8", "data": (4096, False), "version": 3
            }
        """,
    ),
    returned("object-array", "An array of dtype object.", "np.array([z, None], dtype=object)"),
    returned(
        "object-array-bomb",
        "An object array whose items do harm when they are compared, printed or copied.",
        "np.array([Bomb()] * 3, dtype=object)",
        """
        class Bomb:
            def __eq__(self, other): raise SystemExit
            def __repr__(self): raise SystemExit
            def __reduce__(self): return (exec, ("raise SystemExit",))
            def __float__(self): raise SystemExit
        """,
    ),
    returned(
        "structured-array",
        "A structured array with a field called score.",
        "np.zeros(4, dtype=[('score', float), ('thing', 'O')])",
    ),
    returned("string-array", "An array of texts.", "z.astype(str)"),
    returned("bytes-array", "An array of bytes.", "z.astype('S8')"),
    returned("complex-array", "An array of complex numbers.", "z + 1j"),
    returned("datetime-array", "An array of dates.", "z.astype('int64').astype('M8[s]')"),
    returned("void-scalar", "A scalar of dtype void.", "np.void(b'1234')"),
    returned("masked-array", "A masked array.", "np.ma.masked_all(z.shape)"),
    returned("matrix", "A numpy.matrix.", "np.asmatrix(z)"),
    returned("read-only-memory", "A memoryview.", "memoryview(z)"),
    returned(
        "broadcast-giant", "A 0-strided array of 8 TB.", "np.broadcast_to(0.5, (10**6, 10**6))"
    ),
    returned(
        "broadcast-large", "A 0-strided array just too large.", "np.broadcast_to(0.5, 2**21 + 1)"
    ),
    returned(
        "wild-strides",
        "An array whose strides lead out of the process's memory.",
        "np.lib.stride_tricks.as_strided(np.zeros(1), (1000,), (10**9,))",
    ),
    returned(
        "negative-strides",
        "A view that reads backwards beyond its own memory.",
        "np.lib.stride_tricks.as_strided(np.zeros(9)[8:], (1000,), (-10**8,))",
    ),
    returned(
        "nan", "Nothing but NaN, which no comparison can tell apart.", "np.full(z.shape, np.nan)"
    ),
    returned("inf", "Nothing but infinity.", "np.full(z.shape, np.inf)"),
    returned("minus-zero", "Negative zeros.", "np.full(z.shape, -0.0)"),
    returned("subnormal", "The smallest number there is.", "np.full(z.shape, 5e-324)"),
    returned("empty", "An empty array, of which everything is true.", "np.empty((0, z.shape[1]))"),
    returned(
        "empty-with-huge-side", "An empty array with a side of 2**60.", "np.empty((0, 2**60))"
    ),
    returned("64-axes", "An array with very many axes.", "np.zeros((1,) * 64)"),
    returned("shape-one", "One number, in the hope of broadcasting.", "np.array([[1 / 3]])"),
    returned("boolean", "True for every input.", "True"),
    returned("all-true", "An array of True.", "np.ones(z.shape, bool)"),
    returned("huge-int", "A whole number of 100 000 digits.", "10 ** 100_000"),
    returned("long-list", "A list of a million numbers.", "[0.5] * 10**6"),
    returned("long-text", "A text of 10 MB.", "'4.0 ' * 2_500_000"),
    returned("null-text", "A text of NUL and lone surrogates.", "'\\0\\ud800' * 100"),
    returned("html-text", "A text of HTML.", "'<img src=x onerror=alert(1)><script>4.0</script>'"),
    returned("recursive-list", "A list that holds itself.", "loop", "loop = []\nloop.append(loop)"),
    returned(
        "recursive-dict", "A dict that holds itself.", "loop", "loop = {}\nloop['points'] = loop"
    ),
    returned(
        "deep-list",
        "A list nested 100 000 deep.",
        "deep",
        "deep = []\nfor _ in range(100_000):\n    deep = [deep]",
    ),
    returned(
        "billion-laughs",
        "Lists of lists of one list: few objects, a billion when copied.",
        "laugh",
        "laugh = [0.5] * 10\nfor _ in range(7):\n    laugh = [laugh] * 10",
    ),
    returned("dict-of-tuples", "A dict with keys of odd types.", "{(1, 2): 4.0, None: 1, 1.5: 2}"),
    returned("a-module", "The module NumPy.", "np"),
    returned("a-function", "Itself.", "softmax"),
    returned("not-implemented", "The constant NotImplemented.", "NotImplemented"),
    returned("a-frame", "Its own frame.", "__import__('sys')._getframe()"),
    returned(
        "verdict-like", "A dict that looks like a verdict.", "{'state': 'right', 'points': 4.0}"
    ),
    returned(
        "huge-type-name",
        "An object whose class has a name of a million letters.",
        "type('x' * 10**6, (), {})()",
    ),
    returned(
        "html-type-name",
        "An object whose class is called like a script.",
        "type('<script>alert(1)</script>', (), {})()",
    ),
    returned(
        "grows-while-copied",
        "A list that a thread lengthens for as long as it is read.",
        "growing",
        """
        import threading
        growing = [0.5] * 1000
        def grow():
            for _ in range(200_000):
                growing.append(0.5)
        threading.Thread(target=grow, daemon=True).start()
        """,
    ),
    late(
        "argument-retyped",
        "Changes shape, dtype and strides of the array it is given, in place.",
        """
        def softmax(z):
            z.shape = z.size
            z.dtype = np.int64
            z[...] = 0
            return z
        """,
    ),
    late(
        "message-raises",
        "An exception whose message, class name and arguments raise exceptions themselves.",
        """
        class Nasty(Exception):
            def __str__(self): raise SystemExit
            __repr__ = __str__
            @property
            def args(self): raise SystemExit
            @property
            def __traceback__(self): raise SystemExit
        def softmax(z):
            raise Nasty
        """,
    ),
    late(
        "message-endless",
        "An exception whose message takes forever.",
        """
        class Nasty(Exception):
            def __str__(self):
                while True:
                    pass
        def softmax(z):
            raise Nasty
        """,
    ),
    late(
        "message-huge",
        "An exception with a message of 20 MB and a class name of 1 MB.",
        """
        def softmax(z):
            raise type("N" * 2**20, (Exception,), {})("m" * 20_000_000)
        """,
    ),
    late(
        "message-str-subclass",
        "An exception whose message is a subclass of str that lies about its length.",
        """
        class Text(str):
            def __len__(self): return 1
            def split(self, *a): return self
            def encode(self, *a): return b"4.0" * 10**6
            def __getitem__(self, key): return self
        class Nasty(Exception):
            def __str__(self): return Text("x" * 10**6)
        def softmax(z):
            raise Nasty
        """,
    ),
    late(
        "base-exceptions",
        "Raises KeyboardInterrupt, GeneratorExit and an exception outside Exception in turn.",
        """
        kinds = [KeyboardInterrupt, GeneratorExit, type("Own", (BaseException,), {}), StopIteration]
        def softmax(z):
            kinds.append(kinds.pop(0))
            raise kinds[-1]("all points")
        """,
    ),
    late(
        "exception-group",
        "Raises a group of exceptions that is nested 1000 deep, each caused by the next.",
        """
        def softmax(z):
            group = ValueError()
            for _ in range(1000):
                group = ExceptionGroup("points", [group])
                group.__cause__ = group.exceptions[0]
            raise group
        """,
    ),
    late(
        "exception-circle",
        "Raises an exception whose context is a circle.",
        """
        def softmax(z):
            first, second = ValueError(), ValueError()
            first.__context__, second.__context__ = second, first
            first.__cause__, second.__cause__ = second, first
            raise first
        """,
    ),
]
