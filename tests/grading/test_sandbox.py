"""The sandbox as a place to work: notebooks run as in Jupyter, answers come home, limits hold."""

from types import ModuleType

import numpy as np
import psutil
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.answers import collect, identical
from nnlab.exercises.verdict import judge
from nnlab.grading import sandbox as sandbox_module
from nnlab.grading.cells import Notebook
from nnlab.grading.jobs import Cell, Job, Level, Limits
from nnlab.grading.layout import layout
from nnlab.grading.levels import best_level, why_not
from nnlab.grading.sandbox import Sandbox


def run(sandbox, *cells, entry="f", cases=((1.0,),)):
    return sandbox.run(Job(tuple(cells), entry, tuple(cases)))


def value(sandbox, *cells, **how):
    """Run cells whose function returns plain data; return what the first call returned."""
    found = run(sandbox, *cells, **how)
    assert not found.problem
    assert found.answers[0].kind == "value", found.answers[0]
    return found.answers[0].value


def here(source, entry, cases):
    """Do in this process what the worker does, without limits."""
    module = ModuleType("__main__")
    module.np = np
    assert not Notebook(module, lambda action: action()).run(source)
    return collect(vars(module)[entry], cases)


def same(first, second):
    return len(first) == len(second) and all(
        identical(a.value, b.value) and {**vars(a), "value": 0} == {**vars(b), "value": 0}
        for a, b in zip(first, second, strict=True)
    )


@pytest.mark.parametrize("name", catalogue.load().exercises)
def test_answers_are_those_of_the_notebook(sandbox, name):
    exercise = catalogue.exercise(name)
    cases = [case for part in exercise.cases(3) for case in part]
    source = exercise.solution_source
    found = run(sandbox, Cell(source), entry=exercise.entry, cases=cases)
    assert not found.ended
    assert same(found.answers, here(source, exercise.entry, cases))
    assert judge(exercise, found.answers, 3).state == "right"


def test_every_kind_of_answer_comes_home(sandbox):
    source = """import numpy as np
def f(kind, a):
    if kind == 0:
        raise NotImplementedError
    if kind == 1:
        a[0] = 5
        print("x")
        return {"x": (np.float32(1), [True, None, "ä"]), 3: np.exp(a * 1000)}
    if kind == 2:
        raise ValueError("no <such>\\nthing")
    if kind == 3:
        return ...
    if kind == 4:
        return object()
    if kind == 5:
        return 1 + 2j
    exit()
"""
    cases = [(kind, np.ones(3)) for kind in range(7)]
    found = run(sandbox, Cell(source), cases=cases)
    kinds = ["nothing", "value", "error", "nothing", "foreign", "foreign", "error"]
    assert [answer.kind for answer in found.answers] == kinds
    assert found.answers[1].changed == (1,)
    assert found.answers[1].overflow
    assert found.answers[1].printed
    assert found.answers[2].line == 10
    assert found.answers[2].source == 'raise ValueError("no <such>\\nthing")'
    wanted = here(source.replace("    exit()", "    raise SystemExit"), "f", cases)
    assert same(found.answers[:6], wanted[:6])
    assert found.answers[6].type == "SystemExit"


def test_errors_that_are_no_exceptions_are_answers(sandbox):
    found = run(sandbox, Cell("def f(x):\n    raise KeyboardInterrupt"), cases=[(1,), (2,)])
    assert [answer.type for answer in found.answers] == ["KeyboardInterrupt"] * 2
    assert not found.ended


def test_a_cell_stops_at_its_first_error_and_keeps_what_it_bound(sandbox):
    cell = Cell("def f(x):\n    return y\ny = 1\nz = 1 / 0\ny = 2\n")
    found = run(sandbox, cell)
    assert found.answers[0].value == 1
    assert not found.problem


def test_earlier_cells_are_there_even_if_they_fail(sandbox):
    cells = [Cell("a = 1\n1/0"), Cell("b = 2"), Cell("def f(x): return a + b")]
    assert value(sandbox, *cells) == 3


def test_own_cells_are_run_statement_by_statement(sandbox):
    extra = Cell(
        "import matplotlib.pyplot as plt\n"
        "a = [1]\na.append(2)\nplt.plot(a)\nb = undefined\nfor i in range(3): a = a + [i]\n"
        "raise SystemExit\nc = 5",
        extra=True,
    )
    source = "def f(x): return (a, c, 'b' in globals())"
    assert value(sandbox, extra, Cell(source)) == ([1, 0, 1, 2], 5, False)


def test_a_cell_of_ones_own_that_is_no_python_is_passed_over(sandbox):
    assert value(sandbox, Cell("def (", extra=True), Cell("def f(x): return 1")) == 1


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!ls",
        "?np",
        "np.mean?",
        "x = !ls",
        "if 1:\n  %time x",
        "%%time",
        "np.*exp??",
    ],
)
def test_lines_of_the_notebooks_language_are_dropped(sandbox, line):
    assert value(sandbox, Cell(f"{line}\ndef f(x):\n    return x + 1")) == 2.0


def test_a_line_that_starts_with_a_remainder_stays(sandbox):
    assert value(sandbox, Cell("def f(x):\n    return (7\n        % 4)")) == 3


def test_cells_in_another_language_are_dropped(sandbox):
    assert value(sandbox, Cell("%%bash\nls", extra=True), Cell("def f(x): return 1")) == 1


def test_lines_keep_their_numbers_when_others_are_dropped(sandbox):
    found = run(sandbox, Cell("%matplotlib inline\n\ndef f(x):\n    return x / 0"))
    assert found.answers[0].line == 4
    assert found.answers[0].source == "return x / 0"


def test_future_statements_hold_in_later_cells(sandbox):
    cells = [Cell("from __future__ import annotations"), Cell("def f(x: nothing): return 1")]
    assert value(sandbox, *cells) == 1


def test_the_namespace_is_that_of_a_notebook(sandbox):
    source = """
from dataclasses import dataclass
import sys, pickle, inspect
@dataclass
class Point:
    x: int
def f(x):
    copied = pickle.loads(pickle.dumps(Point(3)))
    display(copied)
    return (__name__, sys.modules["__main__"].f is f, copied.x, np.mean is not None,
            inspect.getsource(f).startswith("def f(x):"))
"""
    assert value(sandbox, Cell(source)) == ("__main__", True, 3, True, True)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = 1", "the cell defines no function called `f`"),
        ("f = 3", "f is of type int, not a function"),
        ("a = 1\nb = c", "the cell stopped with NameError: name 'c' is not defined (line 2)"),
        ("def f(x)\n    pass", "the cell is not Python: SyntaxError: expected ':' (line 1)"),
        ("while True: pass", "the cell stopped with TimeoutError: it took longer than 0.3 s"),
        ("import sys; sys.exit(1)", "the cell stopped with SystemExit: 1 (line 1)"),
        (
            "import nnlab\nnnlab.load()",
            "when marks are given there are NumPy and Python's own library",
        ),
        ("x = '\0'", "the cell is not Python"),
        ("x = '\ud800'", "the cell is not Python"),
        ("class E(Exception):\n  def __str__(self): 1/0\nraise E", "the cell stopped with E"),
        ("raise ValueError('x' * 10000)", "the cell stopped with ValueError: xxx"),
    ],
    ids=range(11),
)
def test_a_broken_cell_is_told(sandbox, source, problem):
    found = run(sandbox, Cell(source), cases=[(1,), (2,)])
    assert problem in found.problem
    assert not found.ended
    assert [(a.kind, a.type, a.message) for a in found.answers] == [
        ("error", "CellError", found.problem)
    ] * 2


def test_what_is_only_imported_is_not_missed(sandbox):
    own = "import matplotlib.pyplot as plt, nnlab\nfrom scipy.special import expit\n"
    extra = Cell("import pandas as pd", extra=True)
    assert value(sandbox, extra, Cell(own + "def f(x): return x + 1\nplt.plot(f(1))")) == 2.0
    for used in ("plt.plot(x)", "nnlab.losses.mse(x)", "expit(x)", "pd.Series(x)"):
        answer = run(sandbox, extra, Cell(f"{own}def f(x): return {used}")).answers[0]
        assert answer.type == "ModuleNotFoundError"
        assert "NumPy and Python's own library" in answer.message
        assert answer.line == 3
    found = run(sandbox, Cell("from nnlab.losses import mse as f")).answers[0]
    assert "NumPy and Python's own library" in found.message


def test_a_module_that_is_not_there_replaces_nothing_of_ones_own(sandbox):
    cells = [Cell("def mse(x): return x"), Cell("from nnlab.losses import mse", extra=True)]
    assert value(sandbox, *cells, Cell("def f(x): return mse(x)")) == 1.0


def test_a_missing_module_can_be_seen_to(sandbox):
    own = "try:\n    import scipy\nexcept ImportError:\n    scipy = None\ndef f(x): return scipy"
    assert value(sandbox, Cell(own)) is None


def test_a_test_that_cannot_run_here_does_not_hide_the_solution(sandbox):
    own = (
        "def half(x): return x / 2\nassert half(data)[0] == 1\nk = 3\ndef f(x): return half(x) + k"
    )
    assert value(sandbox, Cell(own)) == 3.5


def test_an_indented_cell_is_read_as_in_a_notebook(sandbox):
    assert value(sandbox, Cell("  \n  %time 1\r\n  def f(x):\r\n      return x + 1\r\n")) == 2.0
    assert value(sandbox, Cell("\tdef f(x):\n\t\treturn x + 2")) == 3.0


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["from __future__ import annotations\ndef f(x: no.such) -> 1:\n    return x"], 1.0),
        (["f = lambda x: x + 1"], 2.0),
        (["def outer(g):\n    return lambda x: g(x) * 2", "@outer\ndef f(x): return x"], 2.0),
        (["from functools import partial\ndef g(a, x): return a\nf = partial(g, 4)"], 4),
        (["class F:\n    def __call__(self, x): return 5\nf = F()"], 5),
        (["n = 0\ndef f(x):\n    global n\n    n += 1\n    return n"], 1),
        (["def f(n): return n if n > 9 else f(n + 1)"], 10.0),
        (["def g(x):\n    yield x\n    yield 2\ndef f(x): return list(g(x))"], [1.0, 2]),
        (["größe = 2\ndef f(λ): return λ * größe"], 2.0),
        (["def f(x):\r\n\treturn f'{x:.1f}'\r\n"], "1.0"),
        (["def f(x): return 1\nif __name__ == '__main__':\n    def f(x): return 2"], 2),
        (["def f(x):\n    import warnings\n    warnings.warn('a')\n    return 3"], 3),
        (["rng = np.random.default_rng(1)\ndef f(x): return rng.permutation(1)[0] + 6"], 6),
        (["import asyncio\nasync def g(): return 7\ndef f(x): return 7"], 7),
        (["try:\n    import matplotlib\nexcept ImportError:\n    pass\ndef f(x): return 8"], 8),
    ],
    ids=range(15),
)
def test_odd_but_right_code_runs(sandbox, cells, wanted):
    found = value(sandbox, *map(Cell, cells))
    assert found == wanted


def test_await_outside_a_function_costs_only_its_statement(sandbox):
    assert value(sandbox, Cell("x = await y\ndef f(x): return 1")) == 1
    found = run(sandbox, Cell("async def g(x): return 1\nf = await g(1)"))
    assert "'await' outside function (line 2)" in found.problem


def test_long_experiments_leave_time_for_the_solution(level):
    slow = [Cell("for _ in iter(int, 1): pass\na = 1", extra=True)] * 20
    with Sandbox(level, Limits(wall=4.0, call=1.0)) as made:
        found = run(made, *slow, Cell("import time\ndef f(x):\n    time.sleep(0.2)\n    return a"))
    assert not found.ended
    assert found.answers[0].value == 1


@pytest.mark.parametrize("name", ["nnlab", "matplotlib", "pytest", "pyseccomp"])
def test_nothing_but_numpy_can_be_imported(call, name):
    answer, _ = call(f"import {name}")
    assert answer.type == "ModuleNotFoundError"
    assert "NumPy and Python's own library" in answer.message


def test_pythons_own_library_can_be_imported(call):
    names = "asyncio, bz2, concurrent.futures, decimal, email.parser, fractions, graphlib, html"
    names += ", http.client, itertools, json, statistics, subprocess, tempfile, unittest.mock"
    answer, _ = call(f"import {names}\nreturn statistics.mean([1, 2, 6])")
    assert answer.value == 3


def test_the_same_job_gives_the_same_answers(level, sandbox):
    source = """
import random
def f(x):
    found = [random.random(), np.random.rand(), np.random.default_rng().random(), hash("a")]
    return found + [np.random.normal(), list({"a", "b", "c"})]
"""
    first = run(sandbox, Cell(source), cases=[(1.0,)] * 2)
    again = run(sandbox, Cell(source), cases=[(1.0,)] * 2)
    with Sandbox(level) as other:
        elsewhere = run(other, Cell(source), cases=[(1.0,)] * 2)
    assert same(first.answers, again.answers)
    assert same(first.answers, elsewhere.answers)
    assert not identical(first.answers[0].value, first.answers[1].value)


def test_nothing_is_left_of_one_job_in_the_next(call):
    call("np.mean = None\nimport builtins, sys\nbuiltins.len = None\nsys.modules['math'] = None")
    answer, _ = call("import math\nreturn (len([1]), float(np.mean([2.0])), math.sqrt(4))")
    assert answer.value == (1, 2.0, 2.0)


def test_the_environment_holds_nothing_of_ours(call, monkeypatch):
    monkeypatch.setenv("NNLAB_TEST_SECRET", "abc")
    answer, _ = call("import os\nreturn sorted(os.environ)")
    assert set(answer.value) <= {
        *("HOME", "LANG", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "PWD"),
        "PYTHONHASHSEED",
    }


def test_an_endless_call_costs_only_its_case(sandbox):
    source = "def f(x):\n    while x == 1: pass\n    return x"
    found = run(sandbox, Cell(source), cases=[(1,), (2,), (1,), (3,)])
    assert not found.ended
    assert [answer.kind for answer in found.answers] == ["error", "value", "error", "value"]
    assert found.answers[0].type == "TimeoutError"
    assert found.answers[0].message == "it took longer than 0.3 s"
    assert found.answers[0].line == 2


def test_an_endless_function_is_given_up(sandbox):
    found = run(sandbox, Cell("def f(x):\n    while True: pass"), cases=[(i,) for i in range(20)])
    assert found.ended == "time"
    assert [answer.type for answer in found.answers] == ["TimeoutError"] * 20
    assert found.answers[2].message == "it took longer than 0.3 s"
    assert found.answers[3].message == "the calls before this one took too long"


@pytest.mark.parametrize("swallow", ["except BaseException: pass", "finally: continue"])
def test_swallowed_interrupts_end_with_the_call_or_the_run(sandbox, swallow):
    source = f"""
def f(x):
    while x == 2:
        try:
            while True: pass
        {swallow}
    return x
"""
    found = run(sandbox, Cell(source), cases=[(1,), (2,), (3,)])
    # The alarm rings again and again; once it does so where nothing catches it.
    assert found.ended in ("", "time")
    assert found.answers[0].value == 1
    assert found.answers[1].type == "TimeoutError"


def test_a_clock_that_was_stopped_ends_with_the_run(call):
    answer, ended = call(
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"
    )
    assert ended == "time"
    assert answer.type == "TimeoutError"
    assert answer.message == "the run took longer than 3 s"


def test_too_much_memory_is_an_error_of_the_call(sandbox):
    source = "def f(n):\n    return len(np.ones(n))"
    found = run(sandbox, Cell(source), cases=[(2**30,), (3,), (2**25,), (2**22,)])
    assert not found.ended
    assert [answer.kind for answer in found.answers] == ["error", "value", "error", "value"]
    assert found.answers[0].type.endswith("MemoryError")


def test_memory_that_grows_bit_by_bit_is_an_error_of_the_call(call):
    answer, ended = call("a = []\nwhile True: a.append(np.empty(2**20))")
    assert answer.type.endswith("MemoryError")
    assert not ended


def test_a_run_that_ends_python_keeps_its_answers(sandbox):
    source = "import os\ndef f(x):\n    if x == 2: os._exit(0)\n    return x"
    found = run(sandbox, Cell(source), cases=[(1,), (2,), (3,)])
    assert found.ended == "died"
    assert found.answers[0].value == 1
    assert [answer.kind for answer in found.answers] == ["value", "error", "error"]


def test_want_of_memory_is_told_from_other_ends(sandbox):
    found = run(sandbox, Cell("import os\ndef f(x): os._exit(77)"))
    assert found.ended == "memory"
    assert found.answers[0].type == "MemoryError"


def test_what_comes_home_is_limited(level):
    source = "def f(n): return np.zeros(n, np.uint8)"
    with Sandbox(level, Limits(output=1_000_000)) as small:
        found = run(small, Cell(source), cases=[(400_000,)] * 4)
        assert found.ended == "output"
        assert [answer.kind for answer in found.answers] == ["value", "value", "error", "error"]
        assert run(small, Cell(source), cases=[(400_000,)] * 2).ended == ""


def test_what_is_too_large_for_an_answer_is_foreign(call):
    answer, ended = call("return np.zeros(2**24 + 1, np.uint8)")
    assert answer.kind == "foreign"
    assert not ended


def test_floods_of_prints_are_dropped(call):
    answer, ended = call(
        "import os, sys\nfor _ in range(200):\n    print('x' * 100_000)\n"
        "    print('x' * 100_000, file=sys.__stderr__)\n    os.write(1, b'x' * 100_000)\nreturn 1"
    )
    assert (answer.value, ended) == (1, "")


@pytest.mark.parametrize(
    "forged",
    [
        "b'x' * 100",
        "b'\\x02\\0\\0\\0Zx'",
        "b'\\xff\\xff\\xff\\xff' + b'x' * 100_000",
        "b'\\x03\\0\\0\\0VTT'",
    ],
)
def test_forged_frames_spoil_the_run_and_nothing_else(sandbox, call, forged):
    source = f"import os\ndef f(x):\n    os.write(3, {forged})\n    return x"
    found = run(sandbox, Cell(source), cases=[(1,), (2,)])
    assert found.ended in ("protocol", "died")
    assert {answer.kind for answer in found.answers} == {"error"}
    assert call("return 1")[0].value == 1


def test_another_end_than_the_own_is_a_fault(sandbox):
    source = "import os\ndef f(x):\n    os.write(3, b'\\x02\\0\\0\\0EF')\n    return x"
    assert run(sandbox, Cell(source)).ended == "protocol"


def test_the_pipe_can_be_closed(sandbox, call):
    source = "import os\ndef f(x):\n    os.close(3)\n    while True: pass"
    assert run(sandbox, Cell(source)).ended == "died"
    assert call("return 1")[0].value == 1


@pytest.mark.parametrize(
    "trick",
    [
        "import sys\nsys._getframe(1).f_globals['_call'] = lambda *a: None",
        "import sys\nfor name in list(sys.modules): sys.modules[name] = None",
        "import builtins\nbuiltins.type = builtins.isinstance = builtins.len = None",
        "import builtins\nfor name in list(vars(builtins)): setattr(builtins, name, None)",
        "import warnings, contextlib, io, linecache\nwarnings.catch_warnings = io.TextIOBase = 0",
        "np.ndarray = np.errstate = np.array = None",
        "import sys\nsys.settrace(lambda *a: 1 / 0)",
        "class A(type):\n    __name__ = property(lambda s: [])\n"
        "class B(Exception, metaclass=A): pass\nraise B",
        "class B(Exception): pass\nB.__name__ = 'x' * 100_000\nraise B",
        "import sys\nsys.setrecursionlimit(50)",
        "class L(list):\n    __class__ = list\n    def __eq__(s, o): return True\nreturn L()",
    ],
)
def test_tricks_on_the_interpreter_spoil_their_own_run_at_most(sandbox, call, trick):
    body = "".join(f"    {line}\n" for line in trick.splitlines())
    found = run(sandbox, Cell(f"def f(x):\n{body}"), cases=[(1,), (2,)])
    assert len(found.answers) == 2
    answer, ended = call("return (type(np.ones(3)) is np.ndarray, len([1]))")
    assert (answer.value, ended) == ((True, 1), "")


def test_one_job_after_another_survives_the_end_of_the_server(level):
    with Sandbox(level) as made:
        assert value(made, Cell("def f(x): return x")) == 1.0
        psutil.Process(made._server._process.pid).kill()
        made._server._process.wait()
        assert value(made, Cell("def f(x): return x")) == 1.0


def test_closing_leaves_no_process_and_may_be_done_twice(level):
    made = Sandbox(level)
    made.close()
    value(made, Cell("def f(x): return x"))
    server = psutil.Process(made._server._process.pid)
    processes = [server, *server.children(recursive=True)]
    made.close()
    made.close()
    assert not psutil.wait_procs(processes, timeout=10)[1]
    assert value(made, Cell("def f(x): return x")) == 1.0
    made.close()


def test_a_sandbox_nobody_closes_ends_with_its_last_user(level):
    made = Sandbox(level)
    value(made, Cell("def f(x): return x"))
    server = psutil.Process(made._server._process.pid)
    del made
    assert not psutil.wait_procs([server], timeout=10)[1]


def test_a_thread_may_start_it_and_end(level):
    import threading

    with Sandbox(level) as made:
        first = threading.Thread(target=value, args=(made, Cell("def f(x): return x")))
        first.start()
        first.join()
        before = made._server
        assert value(made, Cell("def f(x): return x")) == 1.0
        assert made._server is before


def test_a_sandbox_that_cannot_close_is_an_error_and_no_mark(level, monkeypatch):
    broken = [
        (name, text.replace("_limit(limits)", "_limit(None)"))
        for name, text in sandbox_module._sources()
    ]
    monkeypatch.setattr(sandbox_module, "_sources", lambda: broken)
    with Sandbox(level) as made, pytest.raises(RuntimeError, match="does not work here"):
        run(made, Cell("def f(x): return x"))


def test_the_best_level_is_taken_and_named(monkeypatch):
    if why_not(Level.LIMITS):
        pytest.skip(why_not(Level.LIMITS))
    with Sandbox() as made:
        assert made.level == best_level()
    assert all(not why_not(level) for level in Level if level <= best_level())


def test_a_level_that_is_not_there_is_refused_with_what_to_do(monkeypatch):
    if why_not(Level.LANDLOCK):
        pytest.skip(why_not(Level.LANDLOCK))
    monkeypatch.setattr("shutil.which", lambda name: None)
    why_not.cache_clear()
    try:
        with pytest.raises(RuntimeError, match=r"level bubblewrap .* install it"):
            Sandbox(Level.BUBBLEWRAP)
        assert best_level() == Level.LANDLOCK
    finally:
        why_not.cache_clear()


def test_other_systems_are_told_what_to_do(monkeypatch):
    monkeypatch.setattr("sys.platform", "win32")
    why_not.cache_clear()
    try:
        with pytest.raises(RuntimeError, match="WSL"):
            Sandbox()
    finally:
        why_not.cache_clear()


def test_what_is_installed_beside_numpy_is_not_readable():
    readable = layout().readable
    assert not any(pytest.__file__.startswith(f"{path}/") for path in readable)
    assert not any(catalogue.__file__.startswith(f"{path}/") for path in readable)
    assert any(np.__file__.startswith(f"{path}/") for path in readable)
