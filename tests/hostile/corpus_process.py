"""Processes, signals, limits and floods."""

from __future__ import annotations

from hostile_entry import REACH, Entry, breach, late

from nnlab.grading.jobs import Level

_MARK_LATER = """
            import os, time
            time.sleep(1)
            open(os.path.join(TMP, TOKEN + "-{name}"), "w").close()
            time.sleep(2)
"""

ENTRIES: list[Entry] = [
    late(
        "os-exit-in-cell",
        "Ends the process with success while the cell is run.",
        "import os\nos._exit(0)\n",
    ),
    late(
        "os-exit-in-function",
        "Ends the process with success in the third call.",
        """
        import os
        calls = []
        def softmax(z):
            calls.append(1)
            if len(calls) == 3:
                os._exit(0)
            return z
        """,
    ),
    late(
        "abort",
        "Aborts the process as a failed assertion in C would.",
        "import os\nos.abort()\n",
    ),
    late(
        "kill-itself",
        "Sends itself SIGKILL.",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    ),
    late(
        "stop-itself",
        "Stops itself with SIGSTOP, so that the clock runs and nothing ends.",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n",
    ),
    breach(
        "kill-parent",
        "Kills its parent process, unless that is the one that runs the tests.",
        """
        import os, signal
        parent = os.getppid()
        if parent not in (0, 1, TESTER):
            os.kill(parent, signal.SIGKILL)
            DONE = True
        """,
        Level.LANDLOCK,
    ),
    breach(
        "kill-parent-by-system-call",
        "Kills its parent process with kill(2), past the interpreter.",
        REACH
        + """
import os
parent = os.getppid()
if parent not in (0, 1, TESTER):
    DONE = call("kill", parent, 9) == 0
""",
        Level.LANDLOCK,
    ),
    late(
        "fork-by-system-call",
        "Forks with fork(2), leaves its session, and writes a file one second later.",
        REACH
        + """
import os, time
if call("clone", 17, 0, 0, 0, 0) == 0:
    call("setsid")
    time.sleep(1)
    call("openat", HERE, (TMP + "/" + TOKEN + "-fork").encode(), CREATE, 0o600)
    time.sleep(2)
    os._exit(0)
""",
        Level.LANDLOCK,
    ),
    breach(
        "signal-tester",
        "Asks the kernel whether it may signal the process that runs the tests (signal 0).",
        """
        import os
        os.kill(TESTER, 0)
        DONE = open("/proc/%d/cmdline" % TESTER, "rb").read().find(b"pytest") >= 0
        """,
        Level.LANDLOCK,
    ),
    breach(
        "ptrace-parent",
        "Attaches to its parent process with ptrace and reads its memory.",
        REACH
        + """
import os
parent = os.getppid()
if parent not in (0, 1, TESTER):
    if call("ptrace", 16, parent, 0, 0) == 0:
        call("ptrace", 17, parent, 0, 0)
        DONE = True
""",
        Level.LANDLOCK,
    ),
    breach(
        "memory-of-parent-by-system-call",
        "Reads its parent's memory with process_vm_readv(2), where it has the same addresses.",
        REACH
        + """
import os
parent = os.getppid()
if parent not in (0, 1, TESTER):
    text, held = np.zeros(8, "u1"), np.ones(8, "u1")
    here, there = (np.array([address(one), 8]) for one in (text, held))
    count = call("process_vm_readv", parent, address(here), 1, address(there), 1, 0)
    DONE = count == 8
""",
        Level.LANDLOCK,
    ),
    breach(
        "memory-of-tester",
        "Opens the memory of the process that runs the tests.",
        """
        open("/proc/%d/mem" % TESTER, "rb").close()
        DONE = True
        """,
    ),
    late(
        "forks",
        "Forks twenty children that sleep for three seconds.",
        """
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                time.sleep(3)
                os._exit(0)
        """,
    ),
    late(
        "daemon",
        "Leaves its session with a double fork and writes a file one second later.",
        """
        import os
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:"""
        + _MARK_LATER.format(name="daemon").replace("\n", "\n    ")
        + """
            os._exit(0)
        """,
    ),
    late(
        "fork-answers-twice",
        "Forks inside the function, so that both processes go on to answer.",
        """
        import os
        def softmax(z):
            os.fork()
            return z
        """,
    ),
    late(
        "subprocess",
        "Starts a program of its own that outlives it and writes a file.",
        """
        import subprocess, sys
        subprocess.Popen(
            [sys.executable, "-c",
             "import time; time.sleep(1); open(%r, 'w').close(); time.sleep(2)"
             % (TMP + "/" + TOKEN + "-subprocess")],
            start_new_session=True,
        )
        """,
    ),
    late(
        "shell",
        "Runs a command line with os.system.",
        """
        import os
        os.system("touch '%s/%s-shell' '%s/%s-shell'" % (TMP, TOKEN, FOLDER, TOKEN))
        """,
    ),
    late(
        "posix-spawn",
        "Starts a program with posix_spawn.",
        """
        import os
        os.posix_spawn("/bin/sh", ["sh", "-c", "sleep 3"], {}, setsid=True)
        """,
    ),
    late(
        "exec",
        "Replaces the worker by another program that prints a claim.",
        """
        import os
        os.execv("/bin/echo", ["echo", '{"score": 4.0}'])
        """,
    ),
    late(
        "multiprocessing",
        "Computes in a pool of processes that it never closes.",
        """
        import multiprocessing
        pool = multiprocessing.get_context("fork").Pool(4)
        """,
    ),
    late(
        "threads",
        "Starts fifty threads that never end by themselves.",
        """
        import threading, time
        for _ in range(50):
            threading.Thread(target=time.sleep, args=(10,)).start()
        """,
    ),
    late(
        "thread-outlives-function",
        "Starts a thread that holds the lock of the interpreter in long computations.",
        """
        import threading
        def work():
            for _ in range(5):
                10 ** 2_000_000
        threading.Thread(target=work).start()
        """,
    ),
    late(
        "endless-cell",
        "The cell never ends.",
        "while True:\n    pass\n",
    ),
    late(
        "endless-function",
        "The second call never ends.",
        """
        calls = []
        def softmax(z):
            calls.append(1)
            while len(calls) == 2:
                pass
            return z
        """,
    ),
    late(
        "swallows-everything",
        "A loop that catches every exception that would stop it.",
        """
        def softmax(z):
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
        """,
    ),
    late(
        "finally-loop",
        "Stops being stopped: loops again in the finally of every loop.",
        """
        def softmax(z):
            try:
                while True:
                    pass
            finally:
                softmax(z)
        """,
    ),
    late(
        "clocks-reset",
        "Resets alarms and timers, blocks their signals, and then runs on.",
        """
        import signal, time
        def softmax(z):
            signal.alarm(0)
            for clock in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
                signal.setitimer(clock, 0)
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            until = time.monotonic() + 6
            while time.monotonic() < until:
                pass
            return z
        """,
    ),
    late(
        "time-patched",
        "Turns the clocks of the module time back, so that no time seems to pass.",
        """
        import time
        time.monotonic = time.perf_counter = time.time = time.process_time = lambda: 0.0
        def softmax(z):
            while True:
                pass
        """,
    ),
    late(
        "sleeps",
        "Sleeps without using any processor time.",
        "import time\ntime.sleep(8)\n",
    ),
    late(
        "reads-from-terminal",
        "Reads from descriptor 0 and waits.",
        "import os\nos.read(0, 1)\n",
    ),
    late(
        "long-power",
        "One operation on whole numbers that takes many seconds and heeds no signal.",
        "x = 3 ** (3 ** 15)\n",
    ),
    late(
        "regular-expression",
        "A regular expression that takes exponential time in C.",
        "import re\nre.match('(a+)+$', 'a' * 40 + 'b')\n",
    ),
    late(
        "linear-algebra",
        "A long call into LAPACK.",
        "x = np.linalg.svd(np.random.rand(1000, 1000))\n",
    ),
    breach(
        "memory-touched",
        "Takes 180 MB at once and touches them.",
        """
        held = np.ones(180 * 2**20 // 8)
        DONE = held[-1] == 1
        """,
    ),
    breach(
        "memory-grown",
        "Takes 180 MB in small pieces.",
        """
        held = [bytearray(2**16) for _ in range(180 * 16)]
        DONE = True
        """,
    ),
    breach(
        "memory-mapped",
        "Takes 180 MB by anonymous mappings.",
        """
        import mmap
        held = [mmap.mmap(-1, 2**20) for _ in range(180)]
        for piece in held:
            piece[:: 4096] = b"x" * 256
        DONE = True
        """,
    ),
    breach(
        "limit-raised",
        "Raises its own memory limit before it takes 180 MB.",
        """
        import resource
        for name in ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_CPU", "RLIMIT_FSIZE"):
            infinite = resource.RLIM_INFINITY
            resource.setrlimit(getattr(resource, name), (infinite, infinite))
        held = np.ones(180 * 2**20 // 8)
        DONE = True
        """,
    ),
    breach(
        "limit-raised-by-system-call",
        "Raises its memory limit with prlimit64(2), past the interpreter.",
        REACH
        + """
infinite = np.full(2, 2**64 - 1, dtype=np.uint64)
assert call("prlimit64", 0, 9, address(infinite), 0) == 0
held = np.ones(180 * 2**20 // 8)
DONE = True
""",
        Level.LANDLOCK,
    ),
    late(
        "priority",
        "Tries to get a higher priority and real-time scheduling.",
        """
        import os
        for attempt in (
            lambda: os.nice(-10),
            lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
        ):
            try:
                attempt()
            except OSError:
                pass
        """,
    ),
    late(
        "output-flood",
        "Prints 20 MB and writes another 20 MB to standard output and error.",
        """
        import os, sys
        for _ in range(200):
            print("x" * 50_000)
            print("x" * 50_000, file=sys.stderr)
        for _ in range(200):
            os.write(1, b"x" * 50_000)
            os.write(2, b"x" * 50_000)
        """,
    ),
    late(
        "original-streams-flood",
        "Writes to sys.__stdout__ and sys.__stderr__ behind every redirection.",
        """
        import sys
        def softmax(z):
            for stream in (sys.__stdout__, sys.__stderr__):
                if stream is not None:
                    stream.write("4.0\\n" * 100_000)
                    stream.flush()
            return z
        """,
    ),
    late(
        "stack-overflow",
        "Recurses until the stack of the interpreter ends.",
        """
        import sys
        sys.setrecursionlimit(10**8)
        def softmax(z):
            return softmax(z)
        """,
    ),
    late(
        "c-stack-overflow",
        "Overflows the stack of C with a deeply nested structure.",
        """
        import sys
        sys.setrecursionlimit(10**8)
        nested = ()
        for _ in range(2_000_000):
            nested = (nested,)
        def softmax(z):
            return hash(nested)
        """,
    ),
    late(
        "parser-overflow",
        "A cell whose expression is nested too deep for the parser.",
        "x = " + "(" * 20_000 + ")" * 20_000 + "\n",
    ),
    late(
        "parser-memory",
        "A short cell that needs much memory and time when it is compiled.",
        "x = (" + "1 if y else " * 20_000 + "2)\n",
    ),
    late(
        "segmentation-fault",
        "Reads from address 0 with ctypes.",
        REACH
        + """
def softmax(z):
    return kernel()[0].string_at(0)
""",
    ),
    late(
        "faulthandler",
        "Asks faulthandler to print and to crash.",
        """
        import faulthandler
        faulthandler.dump_traceback_later(0.05, repeat=True, exit=True)
        def softmax(z):
            return faulthandler._sigsegv()
        """,
    ),
    late(
        "reference-counts-broken",
        "Lowers the reference counts of None and True until the interpreter breaks.",
        REACH
        + """
def softmax(z):
    ctypes = kernel()[0]
    for thing in (None, True, z, ()):
        ctypes.c_ssize_t.from_address(id(thing)).value = 1
    return z
""",
    ),
    late(
        "small-number-changed",
        "Writes another value into the interpreter's own object for the number 1.",
        REACH
        + """
def softmax(z):
    kernel()[0].c_uint32.from_address(id(1) + 24).value = 7
    return z
""",
    ),
]
