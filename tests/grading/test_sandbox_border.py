"""The sandbox as a border: what submitted code may not do, it cannot.

Most is tried twice: as it is, and without the watch in the interpreter, where from level LANDLOCK
on the kernel has to refuse. Everything hostile here is bounded and stays on this computer.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from nnlab.exercises import lesson_01
from nnlab.grading import sandbox as sandbox_module
from nnlab.grading.jobs import Cell, Job, Level, Limits
from nnlab.grading.sandbox import Sandbox

LIMITS = Limits(wall=5.0, call=1.0, memory=256 * 2**20)


@pytest.fixture(scope="module", params=["watched", "unwatched"])
def attempt(request, level):
    """Run the body of a function; return what it returned, or the name of its error."""
    if request.param == "unwatched" and level == Level.LIMITS:
        pytest.skip("at this level the watch is all there is")
    with Sandbox(level, LIMITS) as made:
        with pytest.MonkeyPatch.context() as patch:
            if request.param == "unwatched":
                leave_out_the_watch(patch)
            made.run(Job((Cell("def f(): pass"),), "f", ()))  # it starts

        def attempt(body, *arguments):
            lines = textwrap.indent(body, "    ")
            source = f"def f({', '.join('abcd'[: len(arguments)])}):\n{lines}\n"
            run = made.run(Job((Cell(source),), "f", (arguments,)))
            answer = run.answers[0]
            return answer.value if answer.kind == "value" else run.ended or answer.type

        yield attempt


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("the solution")
    return path


@pytest.fixture
def unwatched(monkeypatch):
    leave_out_the_watch(monkeypatch)


def leave_out_the_watch(patch):
    """What holds then holds because of the kernel."""
    watch = "MODULES = frozenset()\ndef install(*paths): pass"
    sources = [
        (name, watch if name == "nnlab.grading.watch" else text)
        for name, text in sandbox_module._sources()
    ]
    patch.setattr(sandbox_module, "_sources", lambda: sources)


NOT_ALLOWED = {"PermissionError", "FileNotFoundError", "OSError", "AttributeError"}


@pytest.mark.parametrize(
    "how",
    [
        "open(a).read()",
        "__import__('os').read(__import__('os').open(a, 0), 9)",
        "__import__('io').FileIO(a).readall()",
        "__import__('pathlib').Path(a).read_text()",
        "np.fromfile(a)",
        "np.loadtxt(a)",
        "np.memmap(a)",
        "__import__('linecache').getlines(a)[0]",
        "open(b'/../..' + a.encode()).read()",
        "open(__import__('os').__file__ + '/../../../../../../../../../..' + a).read()",
    ],
)
def test_no_file_of_anyone_can_be_read(attempt, secret, how):
    found = attempt(f"return {how}", str(secret))
    assert found in NOT_ALLOWED | {"IndexError", "NotADirectoryError"}


def test_solutions_cannot_be_read(attempt):
    assert attempt("return open(a).read()", lesson_01.__file__) in NOT_ALLOWED
    folder = str(Path(lesson_01.__file__).parent)
    found = attempt("import sys\nsys.path.insert(0, a)\nimport lesson_01", folder)
    assert found in NOT_ALLOWED | {"ModuleNotFoundError"}


@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/proc/self/mem", "/etc/passwd", "/proc/1/maps"]
)
def test_files_of_the_system_cannot_be_read(attempt, path):
    assert attempt("return open(a, 'rb').read(10)", path) in NOT_ALLOWED


def test_the_environment_of_the_grader_cannot_be_read(attempt):
    assert attempt("return open(f'/proc/{a}/environ', 'rb').read()", os.getpid()) in NOT_ALLOWED


def test_folders_cannot_be_listed(attempt, secret):
    assert attempt("import os\nreturn os.listdir(a)", str(secret.parent)) in NOT_ALLOWED
    assert attempt("import os\nreturn [e.name for e in os.scandir('/')]") in NOT_ALLOWED


@pytest.mark.parametrize(
    "how",
    [
        "open(a, 'w').write('x')",
        "open(a, 'x').write('x')",
        "os.open(a, os.O_CREAT)",
        "os.mkdir(a)",
        "os.symlink('/etc/passwd', a)",
        "os.link(b, a)",
        "os.mkfifo(a)",
        "os.rename(b, a)",
        "os.unlink(b)",
        "os.truncate(b, 0)",
        "os.chmod(b, 0o777)",
        "os.utime(b)",
        "os.setxattr(b, 'user.x', b'x')",
        "open(b, 'a').write('x')",
        "np.save(a, np.ones(3))",
        "np.ones(3).tofile(b)",
    ],
)
def test_nothing_can_be_written_or_changed(attempt, tmp_path, how):
    mark, old = tmp_path / "mark", tmp_path / "old"
    old.write_text("as it was")
    before = old.stat()
    found = attempt(f"import os\nreturn {how}", str(mark), str(old))
    assert found in NOT_ALLOWED
    assert not os.path.lexists(mark)
    assert old.read_text() == "as it was"
    assert (old.stat().st_mode, old.stat().st_mtime) == (before.st_mode, before.st_mtime)


def test_nothing_can_be_written_beside_python_and_numpy(attempt):
    body = "import os\nreturn open(os.path.dirname({}.__file__) + '/nnlab_mark', 'w')"
    assert attempt(body.format("np")) in NOT_ALLOWED
    assert attempt(body.format("os")) in NOT_ALLOWED


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


def connections(listener):
    with contextlib.suppress(BlockingIOError):
        listener.accept()[0].close()
        return 1
    return 0


@pytest.mark.parametrize(
    "how",
    [
        "socket.create_connection(('127.0.0.1', a), 1)",
        "socket.create_server(('127.0.0.1', 0)).getsockname()[1]",
        "__import__('urllib.request').request.urlopen(f'http://127.0.0.1:{a}', timeout=1).status",
        "socket.socketpair()[0].fileno()",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', a))",
        "socket.socket(socket.AF_UNIX).connect('\\0nnlab-test')",
    ],
)
def test_no_connection_is_made(attempt, listener, how):
    found = attempt(f"import socket\nreturn {how}", listener.getsockname()[1])
    assert found in NOT_ALLOWED | {"URLError"}
    assert not connections(listener)


@pytest.mark.parametrize(
    "how",
    [
        "os.fork()",
        "[os.fork() for _ in range(8)][0]",
        "os.system('true')",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "__import__('subprocess').run(['true']).returncode",
        "__import__('multiprocessing').Process(target=print).start()",
        "__import__('pty').fork()[0]",
    ],
)
def test_no_process_is_started(attempt, how):
    found = attempt(f"import os\nreturn {how}")
    assert found in NOT_ALLOWED | {"TypeError", "ModuleNotFoundError", 32512, -1, 127 << 8}


def test_no_other_process_is_signalled(attempt):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        for target in ("a", "os.getppid()", "-1", "0", "-a"):
            found = attempt(f"import os\nreturn os.kill({target}, 15)", other.pid)
            assert found in NOT_ALLOWED | {"ProcessLookupError"}
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize(
    "how",
    [
        "os.setsid()",
        "os.setuid(0)",
        "os.chroot('/')",
        "os.chdir('/usr')",
        "os.nice(1)",
        "__import__('resource').setrlimit(4, (-1, -1))",
        "os.memfd_create('x')",
        "__import__('mmap').mmap(-1, 10, flags=1) and os.memfd_create('x')",
        "os.pidfd_open(os.getppid())",
        "os.unshare(0x10000000)",
    ],
)
def test_what_is_nobodys_business_is_refused(attempt, how):
    assert attempt(f"import os\nreturn {how}") in NOT_ALLOWED | {"ValueError"}


def test_the_watch_cannot_be_found_or_changed(call):
    for how in ("get_objects()", "get_referrers(len)", "get_referents(len)"):
        assert call(f"import gc\nreturn len(gc.{how})")[0].type == "PermissionError"
    listen = "import sys\na = []\nsys.addaudithook(lambda *event: a.append(event))\n"
    assert call(f"{listen}open('/dev/null')\nreturn len(a)")[0].value == 0
    assert call("import ctypes")[0].type == "ModuleNotFoundError"


def test_a_refusal_tells_nothing_of_the_watch(call):
    body = """
import gc, types
found = []
class Anything:
    def __contains__(self, thing): return True
try:
    open('/etc/passwd')
except PermissionError as error:
    step = error.__traceback__
    while step.tb_next:
        step = step.tb_next
    names = step.tb_frame.f_locals
    found += [n for n in names if type(names[n]) is types.FunctionType]
    found += step.tb_frame.f_code.co_freevars
    for name in ('allowed', 'folders', 'null'):
        names[name] = {'allowed': Anything(), 'folders': ('/',), 'null': '/etc/passwd'}[name]
try:
    found.append(open('/etc/passwd').read(5))
except PermissionError:
    pass
return found
"""
    assert call(body)[0].value == []


def test_nothing_of_the_codes_own_runs_inside_the_watch(call):
    body = """
import os, sys
ran = []
def spy(self, *rest):
    ran.append(1)
    return 'x'
Spy = type('Spy', (str,), {'__repr__': spy, '__str__': spy, 'rpartition': spy, '__add__': spy})
os.fspath = spy
for action in (lambda: __import__(Spy('os.path')), lambda: open(b'/etc/passwd'),
               lambda: os.listdir(Spy('/')), lambda: sys.audit('open', Spy('/a'), 'r', 0)):
    try:
        action()
    except Exception:
        pass
return ran
"""
    assert call(body)[0].value == []


@pytest.mark.parametrize(
    "how",
    [
        "__import__('readline').read_history_file(a)",
        "__import__('tkinter').Tcl().eval('open ' + a)",
        "__import__('spwd').getspall()",
        "__import__('pwd').getpwall()",
        "__import__('subprocess').pwd.getpwall()",
        "__import__('ssl').SSLContext(16).load_verify_locations(a)",
        "np._core._internal.ctypes.CDLL",
        "np.ctypeslib.ctypes.CDLL",
        "made('_posixsubprocess').fork_exec",
        "made('posix').setsid",
        "loaded('/tmp/x.so')",
        "kernel().system_call(39)",
        "kernel()._libc.prctl",
    ],
)
def test_simple_ways_around_the_watch_are_closed(call, secret, how):
    body = f"""
import _imp, sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
def made(name):
    return _imp.create_builtin(ModuleSpec(name, None))
def loaded(path):
    return _imp.create_dynamic(ModuleSpec('x', ExtensionFileLoader('x', path), origin=path))
def kernel():
    frame = sys._getframe()
    while 'kernel' not in frame.f_globals:
        frame = frame.f_back
    return frame.f_globals['kernel']
return type({how}).__name__
"""
    answer, _ = call(body, str(secret))
    assert answer.type in {"AttributeError", "ModuleNotFoundError", "PermissionError"}


def test_nothing_of_one_student_is_in_the_memory_of_the_next(level):
    # Written backwards, so that what looks for it does not hold it.
    look = """
def f(x):
    pieces = [np.empty(1000 * k, np.uint8) for k in range(1, 80) for _ in range(40)]
    return sum('srbhgien'[::-1].encode() in piece.tobytes() for piece in pieces)
"""
    theirs = np.frombuffer(b"neighbrs" * 30_000, np.uint8)
    source = f"# {'neighbrs' * 30_000}\ndef f(x): return x"
    with Sandbox(level, LIMITS) as made:
        for _ in range(3):
            made.run(Job((Cell(source),), "f", ((theirs,),)))
        assert made.run(Job((Cell(look),), "f", ((1,),))).answers[0].value == 0


def test_the_request_pipe_is_out_of_reach(call):
    body = """
import os
found = []
for number in range(64):
    try:
        os.fstat(number)
    except OSError:
        continue
    found.append(number)
return found
"""
    assert call(body)[0].value == [0, 1, 2, 3]


def test_a_job_larger_than_a_pipe_arrives_whole(level):
    case = (np.arange(500_000.0),)
    with Sandbox(level) as made:
        for _ in range(2):
            run = made.run(
                Job((Cell("#" * 500_000 + "\ndef f(x): return x.sum()"),), "f", (case,) * 3)
            )
            assert [float(answer.value) for answer in run.answers] == [case[0].sum()] * 3


@pytest.mark.parametrize("after", ["the first bytes", "half of the job"])
def test_a_worker_that_ends_before_it_has_read_its_job_spoils_no_other(level, monkeypatch, after):
    ends = {"the first bytes": "1/0", "half of the job": "os.read(requests, size // 2); 1/0"}[after]
    read = "job = _read(requests, size)"
    broken = [
        (name, text.replace(read, f"if size > 9999: {ends}\n        {read}"))
        for name, text in sandbox_module._sources()
    ]
    monkeypatch.setattr(sandbox_module, "_sources", lambda: broken)
    with Sandbox(level, LIMITS) as made:
        small = Job((Cell("def f(x): return x"),), "f", ((1,),))
        large = Job((Cell("#" * 300_000 + "\ndef f(x): return x"),), "f", ((1,),))
        for job, ended in ((small, ""), (large, "died"), (small, ""), (large, "died")):
            assert made.run(job).ended == ended


# Processes that get past the watch: what they leave behind is ended all the same.

DAEMON = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            if {keep}: os.closerange(0, 64)
            time.sleep(60)
        os._exit(0)
{then}
"""


def server_of(made):
    return psutil.Process(made._server._process.pid)


@pytest.mark.parametrize("keep", [True, False], ids=["pipe closed", "pipe kept"])
@pytest.mark.parametrize("then", ["return 1", "os._exit(0)", "time.sleep(60)"])
def test_runaway_processes_are_ended_with_the_run(unwatched, keep, then):
    body = textwrap.indent(DAEMON.format(keep=keep, then=then), "    ")
    with Sandbox(Level.LIMITS, Limits(wall=1.0, call=9.0)) as made:
        # An ordinary user may start no process at all; the administrator is not bound by that.
        made.run(Job((Cell(f"def f():\n{body}"),), "f", ((),)))
        assert not server_of(made).children(recursive=True)
        assert made.run(Job((Cell("def f(): return 1"),), "f", ((),))).answers[0].value == 1


def test_many_forks_are_ended_with_the_run(unwatched):
    source = """
def f():
    import os, time
    for _ in range(5):
        os.fork()
    os.setsid()
    time.sleep(60)
"""
    with Sandbox(Level.LIMITS, Limits(wall=1.0, call=9.0)) as made:
        made.run(Job((Cell(source),), "f", ((),)))
        assert not server_of(made).children(recursive=True)


def test_the_server_may_be_killed_by_its_worker(unwatched):
    source = "def f():\n    import os, time\n    os.kill(os.getppid(), 9)\n    time.sleep(60)"
    with Sandbox(Level.LIMITS, LIMITS) as made:
        run = made.run(Job((Cell(source),), "f", ((),) * 2))
        assert run.ended == "died"
        assert len(run.answers) == 2
        assert made.run(Job((Cell("def f(): return 1"),), "f", ((),))).answers[0].value == 1


def test_the_server_may_end_during_a_job(level):
    job = Job((Cell("def f():\n    import time\n    time.sleep(60)"),), "f", ((),))
    with Sandbox(level, Limits(wall=30.0, call=20.0)) as made:
        made.run(Job((Cell("def f(): return 1"),), "f", ((),)))
        processes = [server_of(made), *server_of(made).children(recursive=True)]
        timer = threading.Timer(0.5, processes[0].kill)
        timer.start()
        assert made.run(job).ended == "died"
        timer.join()
        assert not psutil.wait_procs(processes, timeout=10)[1]
        assert made.run(Job((Cell("def f(): return 1"),), "f", ((),))).answers[0].value == 1


def test_a_server_that_hangs_is_given_up(level, monkeypatch):
    monkeypatch.setattr("nnlab.grading.sandbox._GRACE", -3.0)
    job = Job((Cell("def f():\n    import time\n    time.sleep(60)"),), "f", ((),))
    with Sandbox(level, Limits(wall=4.0, call=20.0)) as made:
        assert made.run(job).ended == "died"
        assert made._server is None


GRADER = """
import sys, threading
from nnlab.grading import sandbox as sandbox_module
from nnlab.grading.jobs import *
from nnlab.grading.sandbox import Sandbox

made = Sandbox(Level(int(sys.argv[1])), Limits(wall=60.0, call=50.0))
made.run(Job((Cell("def f(): return 1"),), "f", ((),)))
print(made._server._process.pid, flush=True)
made.run(Job((Cell("def f():\\n    import time\\n    time.sleep(60)"),), "f", ((),)))
"""


def test_nothing_outlives_the_grader(level):
    command = [sys.executable, "-c", GRADER, str(int(level))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        server = psutil.Process(int(grader.stdout.readline()))
        deadline = time.monotonic() + 20
        depth = 1 if level < Level.BUBBLEWRAP else 3
        while len(server.children(recursive=True)) < depth and time.monotonic() < deadline:
            time.sleep(0.02)
        processes = [server, *server.children(recursive=True)]
        assert len(processes) == depth + 1
        grader.send_signal(signal.SIGKILL)
        grader.wait()
    assert not psutil.wait_procs(processes, timeout=10)[1]


HALF_A_JOB = """
import os, time
from nnlab.grading import frames

data = sandbox_module._job_bytes(Job((Cell("#" * 300_000),), "f", ()), made.limits)
request = frames.REQUEST.pack(len(data), 60.0, 9)
os.write(made._server._input.fileno(), request + data[:99])
print("sent", flush=True)
time.sleep(60)
"""


def test_a_grader_that_ends_while_it_sends_a_job_leaves_nothing(level):
    code = GRADER.rpartition("made.run")[0] + HALF_A_JOB
    command = [sys.executable, "-c", code, str(int(level))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        server = psutil.Process(int(grader.stdout.readline()))
        assert grader.stdout.readline() == "sent\n"
        processes = [server, *server.children(recursive=True)]
        grader.send_signal(signal.SIGKILL)
        grader.wait()
    assert not psutil.wait_procs(processes, timeout=10)[1]


def test_a_fork_of_the_grader_has_a_sandbox_of_its_own(level):
    job = Job((Cell("def f(): return 1"),), "f", ((),))
    with Sandbox(level) as made:
        made.run(job)
        server = server_of(made)
        made._server._owner = -1  # as a fork sees it
        assert made.run(job).answers[0].value == 1
        assert server_of(made) != server
        assert not psutil.wait_procs([server], timeout=10)[1]  # its input ended
