"""Whatever a file holds, reading it gives cells or one sentence, in bounded time and memory."""

import json
import random

import pytest

from nnlab.grading import submission as module
from nnlab.grading.submission import SubmittedCell, UnreadableError, read_submission


def cell(source, grade_id=None, kind="code", **more):
    metadata = {} if grade_id is None else {"nbgrader": {"grade_id": grade_id}}
    return {"cell_type": kind, "source": source, "metadata": metadata, **more}


def file_of(*cells, **more):
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


def only(data):
    (found,) = read_submission(data).cells
    return found


def test_text_and_names_are_taken_and_nothing_else():
    read = read_submission(
        file_of(
            cell(["a = 1\n", "b = 2"], "01-mse", outputs=[{"text": "x"}]),
            cell("# title", kind="markdown"),
            cell("raw", "01-raw", kind="raw"),
        )
    )
    assert read.cells == (
        SubmittedCell("code", "a = 1\nb = 2", "01-mse"),
        SubmittedCell("markdown", "# title"),
        SubmittedCell("raw", "raw", "01-raw"),
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"{", "breaks off"),
        (file_of(cell("x = 1"))[:-20], "breaks off"),
        (b'{"cells": [{"source": "x', "breaks off"),
        (b"not json", "not valid JSON in line 1"),
        (b'{"cells": [}', "not valid JSON in line 1, column 12"),
        (b"[]", "not a notebook"),
        (b"7", "not a notebook"),
        (b'"text"', "not a notebook"),
        (b"null", "not a notebook"),
        (b"{}", "no list of cells"),
        (b'{"cells": {"0": 1}}', "no list of cells"),
        (b'{"cells": null, "worksheets": 3}', "no list of cells"),
        (b"\x80abc", "byte 1 of the file is not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"PK\x03\x04....", "zip archive"),
        (b"%PDF-1.7", "PDF"),
        (b"[" * 100_000, "nested 100000 deep"),
        (b'{"cells": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested 5001 deep"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "nested 1000 deep"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(data, expected):
    with pytest.raises(UnreadableError, match=expected) as caught:
        read_submission(data)
    assert len(str(caught.value)) < 200


def test_brackets_and_quotes_within_texts_are_not_counted():
    source = 'x = "' + "[{" * 1000 + '\\"' + "," * 1000 + '"'
    assert only(file_of(cell(source))).source == source


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [
        ("MAX_BYTES", 100, "Clearing the outputs"),
        ("MAX_VALUES", 50, "holds .* values"),
        ("MAX_CELLS", 19, "has 20 cells; at most 19"),
        ("MAX_CODE", 99, "Was data pasted"),
    ],
)
def test_the_limits_are_told(monkeypatch, name, limit, expected):
    data = file_of(*[cell("x = 1")] * 20)
    assert len(read_submission(data).cells) == 20
    monkeypatch.setattr(module, name, limit)
    with pytest.raises(UnreadableError, match=expected):
        read_submission(data)


def test_a_short_text_that_would_become_gigabytes_is_refused():
    bomb = b'{"cells": [' + b"[],[],[],[],[],[],[],[],[],[]," * 500_000 + b"[]]}"
    with pytest.raises(UnreadableError, match="values"):
        read_submission(bomb)


def test_a_print_loop_costs_nothing():
    lines = [f"epoch {i}\n" for i in range(300_000)]
    output = {"output_type": "stream", "name": "stdout", "text": lines}
    found = only(file_of(cell("def f(): pass", "01-mse", outputs=[output])))
    assert found == SubmittedCell("code", "def f(): pass", "01-mse")


def test_quotes_that_never_close_are_searched_once():
    """Searching again from each of them would take hours."""
    with pytest.raises(UnreadableError, match="breaks off"):
        read_submission(b'{"cells": "' + b'\\"' * 1_000_000)


def test_a_picture_in_a_text_cell_is_no_code(monkeypatch):
    monkeypatch.setattr(module, "MAX_CODE", 1000)
    picture = cell("![](data:image/png;base64," + "A" * 5000 + ")", kind="markdown")
    assert only(file_of(picture)).source == ""


def test_a_byte_order_mark_is_passed_over():
    assert only(b"\xef\xbb\xbf" + file_of(cell("x = 1"))).source == "x = 1"


def test_older_and_newer_formats_are_read():
    old = {
        "nbformat": 3,
        "worksheets": [
            {"cells": [{"cell_type": "code", "input": ["a = 1\n", "b"], "metadata": {}}]},
            "not a sheet",
            {"cells": [{"cell_type": "heading", "level": 1, "source": "title"}]},
        ],
    }
    assert read_submission(json.dumps(old).encode()).cells == (
        SubmittedCell("code", "a = 1\nb"),
        SubmittedCell("markdown", "title"),
    )
    assert only(file_of(cell("x"), nbformat_minor=99)).source == "x"
    assert only(json.dumps({"cells": [cell("x")]}).encode()).source == "x"


@pytest.mark.parametrize(
    "metadata",
    [[], 7, "text", None, {"nbgrader": []}, {"nbgrader": "x"}, {"nbgrader": {"grade_id": 5}}],
)
def test_metadata_of_any_shape_gives_no_name(metadata):
    assert only(file_of({"cell_type": "code", "source": "x", "metadata": metadata})).grade_id == ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, ""),
        (7, ""),
        ({"a": 1}, ""),
        (["a\n", 7, None, ["b"], "c"], "a\nc"),
        ("a\0b", "a\ufffdb"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_sources_of_any_shape_become_text(source, expected):
    found = only(file_of(cell(source)))
    assert found.source == expected
    found.source.encode()


def test_cells_that_are_none_are_passed_over():
    data = file_of("text", 7, None, [], {}, cell("x"))
    assert [one.source for one in read_submission(data).cells] == ["", "x"]


def test_of_two_equal_keys_the_last_counts_as_in_jupyter():
    data = b'{"cells": [], "cells": [{"cell_type": "code", "source": "a", "source": "b"}]}'
    assert only(data).source == "b"


def test_huge_numbers_and_raw_newlines_do_no_harm():
    digits = b"9" * 100_000
    data = b'{"n": ' + digits + b', "f": 1e999999, "i": -Infinity, "cells": [{"source": "a\nb"}]}'
    assert only(data).source == "a\nb"


def test_any_damage_gives_cells_or_a_sentence():
    rng = random.Random(0)
    whole = file_of(cell("def f():\n    return [1, {2: '\\u00e4'}]", "01-a"), cell("é", kind="raw"))
    read, sentences = 0, []
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    data[place] = rng.randrange(256)
                case 1:
                    del data[place : place + rng.randint(1, 30)]
                case 2:
                    data[place:place] = data[: rng.randint(1, 30)]
                case 3:
                    data[place:place] = rng.choice([b'"', b"[", b"\\", b"{", b"\xff", b"\x00"])
        try:
            read += bool(read_submission(bytes(data)))
        except UnreadableError as error:
            sentences.append(str(error))
    assert read > 100
    assert len(set(sentences)) > 100
    assert all(sentences)
