"""Which system calls a worker may make: libseccomp compiles the list, in the trusted process.

It is a list of what is allowed. What is not on it does not exist for the worker (``ENOSYS``), as on
a kernel older than the call, which the C library is prepared for; what a program would be surprised
not to find is forbidden instead (``EPERM``). There are no calls on the list that start a process or
thread, open a connection, send a signal to another process, or change anything in the file system.
"""

from __future__ import annotations

import errno
import importlib.util
import tempfile
from functools import cache

_ALLOWED = """
    read readv pread64 preadv preadv2 write writev close close_range lseek _llseek
    open openat openat2 stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx
    access faccessat faccessat2 readlink readlinkat getcwd getdents getdents64 statfs statfs64
    fstatfs fstatfs64 umask
    dup dup2 dup3 poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64
    pipe pipe2 eventfd2 epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    brk mmap mmap2 munmap mremap mprotect madvise mincore
    futex futex_time64 futex_wait futex_wake futex_waitv futex_requeue get_robust_list
    set_robust_list rseq set_tid_address membarrier sched_yield sched_getaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait
    rt_sigtimedwait_time64 rt_sigsuspend sigaction sigprocmask sigreturn sigaltstack pause
    getitimer setitimer alarm timer_create timer_settime timer_settime64 timer_gettime
    timer_gettime64 timer_delete timer_getoverrun
    clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep
    clock_nanosleep_time64 nanosleep gettimeofday time times restart_syscall
    getpid getppid gettid getpgid getpgrp getsid getuid getuid32 geteuid geteuid32 getgid getgid32
    getegid getegid32 getresuid getresuid32 getresgid getresgid32 getgroups getgroups32 getpriority
    getrusage getrlimit ugetrlimit uname sysinfo getrandom capget
    exit exit_group arch_prctl set_thread_area get_thread_area
""".split()  # noqa: SIM905 - words are easier to read than strings

_FORBIDDEN = """
    fork vfork clone execve execveat kill tkill tgkill pidfd_open pidfd_send_signal pidfd_getfd
    rt_sigqueueinfo rt_tgsigqueueinfo ptrace process_vm_readv process_vm_writev kcmp
    socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom
    setsid setpgid setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid
    capset prctl seccomp unshare setns chroot pivot_root mount umount2 chdir fchdir
    unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir mknod mknodat creat link linkat
    symlink symlinkat chmod fchmod fchmodat chown fchown lchown fchownat truncate ftruncate
    fallocate utime utimes utimensat futimesat setxattr lsetxattr fsetxattr removexattr
    memfd_create shmget shmat msgget semget mq_open keyctl add_key request_key bpf
    perf_event_open userfaultfd io_uring_setup setrlimit setpriority sched_setaffinity
    sched_setscheduler reboot kexec_load init_module finit_module delete_module swapon
    sethostname setdomainname settimeofday clock_settime adjtimex personality
""".split()  # noqa: SIM905

_IOCTL_IS_TERMINAL = 0x5401  # TCGETS: what `isatty` asks

_FCNTL = (0, 1, 2, 3, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC: not locks, with which one worker could leave
a message for the next on a file that both can open, not owners, signals or flags of open files."""


def available() -> bool:
    """Return whether libseccomp and its Python binding are installed.

    Returns
    -------
    bool
    """
    if importlib.util.find_spec("pyseccomp") is None:
        return False
    try:
        program()
    except (OSError, RuntimeError):  # the binding is there, the library is not
        return False
    return True


@cache
def program() -> bytes:
    """Return the filter as BPF instructions for this machine.

    Returns
    -------
    bytes
    """
    import pyseccomp  # type: ignore[import-untyped]

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    for name in _ALLOWED:
        _add(rules, pyseccomp.ALLOW, name)
    for name in _FORBIDDEN:
        _add(rules, pyseccomp.ERRNO(errno.EPERM), name)
    # Limits may be read, one's own only, and not set.
    _add(
        rules,
        pyseccomp.ALLOW,
        "prlimit64",
        pyseccomp.Arg(0, pyseccomp.EQ, 0),
        pyseccomp.Arg(2, pyseccomp.EQ, 0),
    )
    for name in ("fcntl", "fcntl64"):
        for wanted in _FCNTL:
            _add(rules, pyseccomp.ALLOW, name, pyseccomp.Arg(1, pyseccomp.EQ, wanted))
    _add(rules, pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, _IOCTL_IS_TERMINAL))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _add(rules: object, action: int, name: str, *conditions: object) -> None:
    import pyseccomp

    try:
        pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
    except (OSError, ValueError):  # this machine, or this libseccomp, does not know it
        return
    rules.add_rule(action, name, *conditions)  # type: ignore[attr-defined]
