# SPDX-License-Identifier: Apache-2.0
"""The two commands and the locks: scripts that parse, hashes on everything, no registry named."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = ("run", "installer/setup.sh", ".ci/run")
LOCKS = ("requirements.lock", "installer/tools.lock", "installer/build.lock")
# A registry is whatever the machine's own settings say; a name here would be wrong on the next machine.
REGISTRY = re.compile(
    r"https?://[^\s\"']*(simple|packages|registry|pypi|snapshot)|\bpypi\.|pythonhosted|--(extra-)?index-url|--find-links",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w./-])/(work|root)/")


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def pins_of(lock: str) -> dict[str, tuple[Version, str]]:
    """Normalised name to version and the whole entry, of a hashed requirements file."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", text_of(lock), flags=re.MULTILINE))
    pins: dict[str, tuple[Version, str]] = {}
    for entry in entries:
        found = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", entry)
        assert found, f"{lock}: not a pinned requirement: {entry[:60]}"
        pins[canonicalize_name(found[1])] = (Version(found[2]), entry)
    return pins


def declared() -> list[Requirement]:
    settings = tomllib.loads(text_of("pyproject.toml"))
    texts = [*settings["project"]["dependencies"], *settings["dependency-groups"]["dev"]]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_parses_and_can_be_run(script: str) -> None:
    first, second = text_of(script).split("\n")[:2]
    shell = "bash" if "bash" in first else "sh"
    check = subprocess.run([shell, "-n", REPOSITORY / script], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")
    assert (REPOSITORY / script).stat().st_mode & 0o111
    assert second == "# SPDX-License-Identifier: Apache-2.0"


@pytest.mark.parametrize("name", [*SCRIPTS, *LOCKS, "pyproject.toml"])
def test_no_registry_and_no_machine_is_named(name: str) -> None:
    for number, line in enumerate(text_of(name).splitlines(), start=1):
        assert not REGISTRY.search(line), f"{name}:{number}: leave the registry to the machine's settings"
        assert not MACHINE.search(line), f"{name}:{number}: leave out the path of one machine"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_file_has_its_hash(lock: str) -> None:
    pins = pins_of(lock)
    assert pins
    assert [name for name, (_, entry) in pins.items() if "--hash=sha256:" not in entry] == []


def test_the_lock_satisfies_what_the_project_declares() -> None:
    pins = pins_of("requirements.lock")
    stale = [
        str(need)
        for need in declared()
        if canonicalize_name(need.name) not in pins
        or not need.specifier.contains(pins[canonicalize_name(need.name)][0])
    ]
    assert stale == [], "make the lock again (docs/decisions/0001-two-commands-and-lock.md)"


def test_what_builds_the_station_itself_is_locked() -> None:
    pins = pins_of("installer/build.lock")
    for text in tomllib.loads(text_of("pyproject.toml"))["build-system"]["requires"]:
        need = Requirement(text)
        assert need.specifier.contains(pins[canonicalize_name(need.name)][0])


@pytest.mark.parametrize("word", ["help", "-h", "--help"])
def test_help_needs_no_setup(word: str, tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "run", tmp_path)
    said = subprocess.run([tmp_path / "run", word], capture_output=True, text=True, check=True).stdout
    assert "./run test" in said
    assert list(tmp_path.iterdir()) == [tmp_path / "run"]


def test_an_unknown_word_is_answered_with_the_help(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "run", tmp_path)
    answer = subprocess.run([tmp_path / "run", "tset"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert 'no "tset"' in answer.stderr
    assert "./run test" in answer.stderr


def house_without_network(folder: Path) -> Path:
    """A copy of what setup.sh reads, with an environment whose stamp is current."""
    house = folder / "house"
    (house / "installer").mkdir(parents=True)
    for name in ("requirements.lock", "pyproject.toml", *LOCKS, "installer/setup.sh"):
        shutil.copy(REPOSITORY / name, house / name)
    return house


def tools_of_a_machine(folder: Path, **scripts: str) -> dict[str, str]:
    """An environment whose PATH holds a few plain tools and ``scripts`` (name to shell body), and nothing else."""
    folder.mkdir()
    plain = ("sh", "cat", "cut", "dirname", "sha256sum", "flock", "mktemp", "rm", "mv", "tail", "id", "tr", "grep")
    for name in plain:
        found = shutil.which(name)
        assert found, f"a Debian without {name}"
        (folder / name).symlink_to(found)
    for name, body in scripts.items():
        script = folder / name.replace("_", "-")
        script.unlink(missing_ok=True)
        script.write_text(f"#!{shutil.which('sh')}\n{body}\n", encoding="utf-8")
        script.chmod(0o755)
    return {"PATH": str(folder), "HOME": str(folder)}


def set_up(house: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = ["sh", str(house / "installer" / "setup.sh")]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)


def test_without_the_right_to_install_the_exact_command_is_said(tmp_path: Path) -> None:
    newer_ubuntu = tools_of_a_machine(
        tmp_path / "tools",
        id="echo 1000",
        dpkg_query='case "$4" in libglib2.0*|xdotool) exit 1 ;; esac; echo installed',
        apt_cache='case "$2" in *t64|xdotool) echo "  Candidate: 1.0" ;; *) echo "  Candidate: (none)" ;; esac',
    )
    answer = set_up(house_without_network(tmp_path), newer_ubuntu)
    assert answer.returncode == 1
    assert "only an administrator can install them" in answer.stderr
    wanted = "apt-get update && apt-get install --no-install-recommends libglib2.0-0t64 xdotool"
    assert f"    su -c '{wanted}'\n" in answer.stderr


def test_a_current_environment_is_left_alone_and_a_changed_lock_is_not(tmp_path: Path) -> None:
    house = house_without_network(tmp_path)
    # Without any package tool: setup could not do a thing, and says so, if it tried.
    bare = tools_of_a_machine(tmp_path / "tools")
    without_python = set_up(house, bare)
    assert without_python.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13 was found" in without_python.stderr

    (house / ".venv" / "bin").mkdir(parents=True)
    (house / ".venv" / "bin" / "python").symlink_to(tmp_path / "tools" / "sh")
    read = ("requirements.lock", "pyproject.toml", *sorted(LOCKS[1:]), "installer/setup.sh")
    stamp = sha256(f"{house}\n".encode())
    for name in read:
        stamp.update((house / name).read_bytes())
    (house / ".venv" / ".stamp").write_text(stamp.hexdigest() + "\n", encoding="utf-8")
    again = set_up(house, bare)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    with (house / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    assert set_up(house, bare).returncode == 1
