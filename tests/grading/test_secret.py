"""The secret stays secret, survives a crowd, and gives every student inputs of their own."""

import os
import pickle
import stat
import sys
import threading

import pytest

from nnlab.grading.secret import Secret

ZERO = Secret(bytes(32))


def test_a_new_secret_is_kept_and_is_only_its_owners(tmp_path):
    path = tmp_path / "course" / "secret"
    made = Secret.load_or_make(path)
    assert Secret.load_or_make(path) == Secret.load(path) == made
    assert made != Secret.load_or_make(tmp_path / "other")
    assert [file.name for file in path.parent.iterdir()] == ["secret"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_at_once_get_the_same_secret(tmp_path):
    path, found = tmp_path / "secret", []
    start = threading.Barrier(8)

    def make():
        start.wait()
        found.append(Secret.load_or_make(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_file_system_without_hard_links_will_do(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    made = Secret.load_or_make(tmp_path / "secret")
    assert Secret.load(tmp_path / "secret") == made
    assert len(list(tmp_path.iterdir())) == 1


def test_a_secret_is_never_printed():
    secret = Secret(bytes(range(32)))
    shown = [repr(secret), str(secret), f"{secret}", secret.fingerprint]
    assert not any("010203" in text or "\\x01" in text for text in shown)
    assert pickle.loads(pickle.dumps(secret)) == secret


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "there is no secret in"),
        (b"", "holds no secret"),
        (b"00" * 31, "holds no secret"),
        (b"0g" * 32, "holds no secret"),
        (b"\xff\xfe\x00", "holds no secret"),
        (b"ab" * 32 + b"\nmore", "holds no secret"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(tmp_path, content, expected):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=expected) as caught:
        Secret.load(path)
    assert "0000" not in str(caught.value)
    assert "abab" not in str(caught.value)
    if content is not None:
        with pytest.raises(ValueError, match=expected):
            Secret.load_or_make(path)
        assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_gives_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="the secret cannot be written to"):
        Secret.load_or_make(tmp_path / "file" / "secret")
    with pytest.raises(ValueError, match="cannot be read"):
        Secret.load(tmp_path)


def test_a_key_is_32_bytes():
    with pytest.raises(ValueError, match="32 bytes long, got 31"):
        Secret(bytes(31))
    with pytest.raises(TypeError, match="must be bytes"):
        Secret("0" * 32)


def test_seeds_are_reproducible_and_in_range():
    seeds = {ZERO.seed("01.mse", f"student {i}") for i in range(200)}
    assert len(seeds) == 200
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**61
    # Written down once: a change would give every student of a running course new inputs.
    assert ZERO.seed("01.mse", "anna") == 7541288171532040944


def test_seeds_depend_on_all_three_and_not_on_where_one_text_ends():
    other = Secret(bytes([1] * 32))
    assert ZERO.seed("01.mse", "anna") != other.seed("01.mse", "anna")
    assert ZERO.seed("01.mse", "anna") != ZERO.seed("01.mae", "anna")
    assert ZERO.seed("01.mse", "anna") != ZERO.seed("01.ms", "eanna")
    assert ZERO.seed("01.mse", "") != ZERO.seed("", "01.mse")


def test_names_may_be_of_any_kind():
    assert ZERO.seed("01.mse", "Zoë") == ZERO.seed("01.mse", "Zoe\u0308")
    assert ZERO.seed("01.mse", "\udc80") != ZERO.seed("01.mse", "\udc81")
    with pytest.raises(TypeError, match="student must be a text"):
        ZERO.seed("01.mse", 7)


def test_fingerprints_tell_secrets_apart():
    assert ZERO.fingerprint == Secret(bytes(32)).fingerprint
    assert ZERO.fingerprint != Secret(bytes([1] * 32)).fingerprint
    assert len(ZERO.fingerprint) == 12
