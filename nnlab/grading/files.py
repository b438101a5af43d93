"""The files of what a learning platform exports, a folder or a zip, opened without trusting it.

Nothing is unpacked to the disk, no link is followed, and what one file may cost is bounded. What
cannot be read is kept with a sentence that says why, so that the teacher can look at it by hand.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nnlab.grading.submission import MAX_BYTES

MAX_FILES = 20_000
MAX_NESTED = 1_000

MAX_RATIO = 200
SMALL = 2**20
"""Bytes below which a file may be compressed as well as it can be."""

_IGNORED_FOLDERS = {".ipynb_checkpoints", "__MACOSX", "__pycache__", ".git"}
_IGNORED_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
# The other methods of zip files cannot be undone in steps of bounded size.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What reading a damaged zip raises; RuntimeError covers encryption and unknown methods."""
_JOINERS = "\u200c\u200d"  # needed to write Persian and several Indian scripts


class FileProblemError(Exception):
    """A file cannot be read; the message is a sentence that says why."""


@dataclass(frozen=True)
class File:
    """One file of an export.

    Parameters
    ----------
    parts : tuple of str
        Names of the folders and of the file, from the top of the export, fit to be printed. A zip
        within the export counts as a folder.
    modified : tuple of int
        Larger means later; only comparable within one export.
    read : callable
        Returns the content; raises `FileProblemError`.
    problem : str
        Sentence on why it cannot be read, if that is known without reading.
    """

    parts: tuple[str, ...]
    modified: tuple[int, ...]
    read: Callable[[], bytes]
    problem: str = ""

    @property
    def path(self) -> str:
        """The names with slashes between them."""
        return "/".join(self.parts)


def legible(name: str) -> str:
    """Return a name that can be printed and written: nothing in it moves a cursor.

    Parameters
    ----------
    name : str
        As the file system or a zip has it, bytes that are no text included.

    Returns
    -------
    str
        Composed (NFC), spaces of all kinds as plain ones, everything unprintable escaped.
    """
    shown = (
        " "
        if unicodedata.category(letter) == "Zs"
        else letter
        if letter.isprintable() or letter in _JOINERS
        else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in unicodedata.normalize("NFC", name)
    )
    return "".join(shown)


@contextmanager
def open_export(path: Path, *, leave_out: Path | None = None) -> Iterator[list[File]]:
    """Open a folder or a zip and yield its files, which can be read until the block is left.

    Parameters
    ----------
    path : Path
        The folder or zip.
    leave_out : Path, optional
        A folder within it that is not looked at: where results are written.

    Yields
    ------
    list of File
        In the order of their names.

    Raises
    ------
    FileProblemError
        If it cannot be opened at all, or holds more than `MAX_FILES` files.
    """
    with ExitStack() as stack:
        if path.is_dir():
            files = _folder_files(path, leave_out)
        elif path.is_file():
            try:
                archive = stack.enter_context(zipfile.ZipFile(path))
            except _BROKEN as error:
                raise FileProblemError(
                    f"{legible(str(path))} is neither a folder nor a zip that can be opened "
                    f"({error})"
                ) from None
            files = _zip_files(archive, (), (), wrapped_in=path.stem)
        else:
            raise FileProblemError(f"There is no folder or zip {legible(str(path))}")
        found: list[File] = []
        for file in files:
            if len(found) == MAX_FILES:
                raise FileProblemError(
                    f"{legible(str(path))} holds more than {MAX_FILES} files; is it the export "
                    "of one assignment?"
                )
            found.append(file)
        yield sorted(found, key=lambda file: (file.parts, file.modified))


def _folder_files(top: Path, leave_out: Path | None) -> Iterator[File]:
    """Walk a folder without following links."""
    left_out = None if leave_out is None else leave_out.resolve()
    waiting: list[tuple[Path, tuple[str, ...]]] = [(top, ())]
    while waiting:
        folder, above = waiting.pop()
        if left_out is not None and folder.resolve() == left_out:
            continue
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            sentence = f"the folder cannot be opened ({error.strerror})"
            if not above:
                raise FileProblemError(f"{legible(str(top))}: {sentence}") from None
            yield _unreadable(above, sentence)
            continue
        for entry in entries:
            parts = (*above, legible(entry.name))
            if entry.is_symlink():
                yield _unreadable(parts, "it is a symbolic link, and links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in _IGNORED_FOLDERS:
                    waiting.append((Path(entry.path), parts))
            elif not entry.is_file(follow_symlinks=False):
                yield _unreadable(parts, "it is not a file but a device, pipe or socket")
            elif not _is_ignored(entry.name):
                yield from _folder_file(entry, parts)


def _folder_file(entry: os.DirEntry[str], parts: tuple[str, ...]) -> Iterator[File]:
    path = Path(entry.path)
    try:
        modified = (entry.stat(follow_symlinks=False).st_mtime_ns,)
    except OSError as error:
        yield _unreadable(parts, f"it cannot be read ({error.strerror})")
        return
    yield from _with_members(File(parts, modified, lambda: _read_path(path)))


def _read_path(path: Path) -> bytes:
    # A file could have been replaced since the folder was listed: O_NONBLOCK keeps a pipe from
    # waiting for ever, O_NOFOLLOW refuses a link.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as stream:  # noqa: PTH123 - of a descriptor
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise FileProblemError("it is not a file but a device, pipe or socket")
            return _bounded(stream.read(MAX_BYTES + 1))
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileProblemError("it is a symbolic link, and links are not followed") from None
        raise FileProblemError(f"it cannot be read ({error.strerror})") from None


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise FileProblemError(f"it is larger than {MAX_BYTES // 2**20} MB")
    return data


def _with_members(file: File) -> Iterator[File]:
    """Yield a file, or the members of a student's own zip in its place."""
    if not file.parts[-1].lower().endswith(".zip") or file.problem:
        yield file
        return
    try:
        members = zipfile.ZipFile(io.BytesIO(file.read()))
    except FileProblemError as problem:
        yield _unreadable(file.parts, str(problem))
        return
    except _BROKEN as error:
        yield _unreadable(file.parts, f"the zip cannot be opened ({error})")
        return
    with members:
        if len(members.infolist()) > MAX_NESTED:
            yield _unreadable(file.parts, f"the zip holds more than {MAX_NESTED} files")
            return
        if not members.infolist():
            yield _unreadable(file.parts, "the zip is empty")
        yield from _zip_files(members, file.parts, file.modified, reopen=file.read)


def _zip_files(
    archive: zipfile.ZipFile,
    above: tuple[str, ...],
    modified: tuple[int, ...],
    *,
    wrapped_in: str = "",
    reopen: Callable[[], bytes] | None = None,
) -> Iterator[File]:
    """Yield the members of a zip; those of a zip within the export are read by opening it again.

    A folder's zip often holds that one folder; it says nothing about a student.
    """
    names = {info.filename: _member_name(info) for info in archive.infolist()}
    tops = {name.split("/", 1)[0] for name in names.values()} - _IGNORED_FOLDERS
    wrapped = bool(wrapped_in) and tops == {wrapped_in}
    for info in archive.infolist():
        pieces = [piece for piece in names[info.filename].split("/") if piece not in ("", ".")]
        if info.is_dir() or not pieces or _IGNORED_FOLDERS.intersection(pieces[:-1]):
            continue
        if _is_ignored(pieces[-1]):
            continue
        inside = pieces[1:] if wrapped and len(pieces) > 1 else pieces
        parts = (*above, *map(legible, inside))
        problem = _member_problem(info, names[info.filename])
        when = int("".join(f"{number:02d}" for number in info.date_time))
        if reopen is None:
            file = File(parts, (when,), _member_reader(archive, info), problem)
            yield from _with_members(file)
        else:
            if parts[-1].lower().endswith(".zip"):
                problem = problem or "it is a zip within a zip; only one level is opened"
            yield File(parts, (*modified, when), _nested_reader(reopen, info), problem)


def _member_name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    if not info.flag_bits & 0x800:  # no word on the encoding, yet several systems write UTF-8
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return name.replace("\\", "/")


def _member_problem(info: zipfile.ZipInfo, name: str) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith("/") or name[1:3] == ":/" or ".." in name.split("/"):
        return "its name in the zip leads out of the folder"
    if kind == stat.S_IFLNK:
        return "it is a symbolic link, and links are not followed"
    if kind not in (0, stat.S_IFREG):
        return "it is not a file but a device, pipe or socket"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.compress_type not in _METHODS:
        return "it is compressed in a way that is not opened here"
    if info.file_size > MAX_BYTES:
        return f"it is larger than {MAX_BYTES // 2**20} MB"
    if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
        return "it grows too much when unpacked, as no notebook does"
    return ""


def _member_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: _read_member(archive, info)


def _nested_reader(reopen: Callable[[], bytes], info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        with zipfile.ZipFile(io.BytesIO(reopen())) as archive:
            return _read_member(archive, info)

    return read


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            return _bounded(stream.read(MAX_BYTES + 1))
    except _BROKEN as error:
        raise FileProblemError(f"the zip is damaged there ({error})") from None


def _is_ignored(name: str) -> bool:
    return name in _IGNORED_FILES or name.startswith("._")  # the latter: macOS, on other disks


def _unreadable(parts: tuple[str, ...], problem: str) -> File:
    def read() -> bytes:
        raise FileProblemError(problem)

    return File(parts, (), read, problem)
