"""The block in an env file: ours, while the other lines are the user's."""

import subprocess

import pytest
from dotenv import dotenv_values

from warehouse import WarehouseError, env_file

VALUES = {
    "PLAIN": "postgresql://loader:abc@127.0.0.1:5432/tickhouse",
    "SPACED": "/a folder/with spaces # and a hash",
    "APOSTROPHE": "/home/o'neil/tickhouse",
    "DOLLAR": "/srv/$HOME/tickhouse",
    "QUOTES": 'say "hello"',
    "EMPTY": "",
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".env"


def test_bash_and_dotenv_read_every_value_alike(path):
    env_file.write_block(path, VALUES)

    for name, value in VALUES.items():
        script = f'set -a; . "{path}"; printf %s "${name}"'
        shell = subprocess.run(  # noqa: S603 - the script above
            ["/bin/bash", "-c", script], capture_output=True, text=True, check=True
        )
        assert (shell.stdout, dotenv_values(path)[name]) == (value, value)


@pytest.mark.parametrize("value", ["a'b\"c", "two\nlines", "${HOME}", "a'b$c", "a\\'"])
def test_a_value_that_the_two_would_read_differently_is_refused(path, value):
    with pytest.raises(WarehouseError, match="NAME"):
        env_file.write_block(path, {"NAME": value})

    assert not path.exists()


def test_a_users_lines_are_kept_and_the_block_comes_first(path):
    mine = "# mine\nexport API_KEY=secret\n\nPGPORT=7\n"
    path.write_text(mine)

    env_file.write_block(path, {"PGPORT": "1"})
    env_file.write_block(path, {"PGPORT": "2"})

    assert path.read_text().startswith(env_file.OPENING)
    assert path.read_text().endswith(mine)
    assert path.read_text().count(env_file.OPENING) == 1
    assert dotenv_values(path)["PGPORT"] == "7"


def test_both_parts_are_read_apart(path):
    path.write_text("OWN=1\n")
    env_file.write_block(path, {"OURS": "2"})

    assert env_file.read(path) == ({"OURS": "2"}, {"OWN": "1"})


def test_a_file_that_was_open_to_others_becomes_private(path):
    path.write_text("OWN=1\n")
    path.chmod(0o644)

    env_file.write_block(path, {"OURS": "2"})

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_linked_file_stays_linked(path, tmp_path):
    shared = tmp_path / "shared.env"
    shared.write_text("OWN=1\n")
    path.symlink_to(shared)

    env_file.write_block(path, {"OURS": "2"})

    assert path.is_symlink()
    assert env_file.read(shared).block == {"OURS": "2"}


def test_without_values_the_block_goes_and_the_users_lines_stay(path):
    path.write_text("OWN=1\n")
    env_file.write_block(path, {"OURS": "2"})

    env_file.write_block(path, {})

    assert path.read_text() == "OWN=1\n"


def test_half_a_block_is_refused_before_anything_is_lost(path):
    damaged = f"{env_file.OPENING}\nPGPORT='1'\nOWN=1\n"
    path.write_text(damaged)

    with pytest.raises(WarehouseError, match="marks"):
        env_file.write_block(path, {"PGPORT": "2"})

    assert path.read_text() == damaged


def test_a_file_is_parsed_once_and_again_as_soon_as_it_changes(tmp_path, monkeypatch):
    path = tmp_path / ".env"
    env_file.write_block(path, {"OURS": "1"})
    parsed = []
    real = env_file._values
    monkeypatch.setattr(
        env_file, "_values", lambda text: parsed.append(text) or real(text)
    )
    for _ in range(100):
        env_file.read(path).block["OURS"] = "spoiled by who asked"

    assert len(parsed) <= 3  # the block, the lines, both
    assert env_file.read(path).block == {"OURS": "1"}

    env_file.write_block(path, {"OURS": "2"})  # of the same length, in the same moment

    assert env_file.read(path).block == {"OURS": "2"}
