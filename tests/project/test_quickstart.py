"""``./quickstart`` on machines that lack this or that."""

import pytest

from .sandbox import Sandbox


@pytest.fixture
def machine(root, tmp_path):
    made = Sandbox(root, tmp_path)
    made.add_python()
    return made


def test_it_fetches_linux_6_12_and_scans_what_it_got(machine):
    done = machine.run("quickstart")
    assert done.returncode == 0, done.stdout
    assert machine.calls("lockmap") == [
        "lockmap fetch 6.12",
        "lockmap scan /kernels/linux-6.12",
    ]
    assert machine.installs() == ["."]


def test_another_version_can_be_named(machine):
    machine.run("quickstart", "6.1")
    assert machine.calls("lockmap")[-1] == "lockmap scan /kernels/linux-6.1"


def test_without_network_or_apt_it_says_so_and_scans_the_miniature_kernel(machine):
    done = machine.run("quickstart", fail="lockmap fetch=2")
    assert done.returncode == 0
    assert "could not be obtained" in done.stdout
    assert "miniature kernel" in done.stdout
    assert machine.calls("lockmap")[-1] == "lockmap scan kernel_src/mini/v6.12"


def test_ctrl_c_while_fetching_ends_it(machine):
    done = machine.run("quickstart", fail="lockmap fetch=130")
    assert done.returncode == 130
    assert machine.calls("lockmap") == ["lockmap fetch 6.12"]


def test_the_exit_code_is_that_of_the_scan(machine):
    assert machine.run("quickstart", fail="lockmap scan=2").returncode == 2


def test_the_second_time_nothing_is_installed(machine):
    machine.run("quickstart")
    machine.run("quickstart")
    assert machine.installs() == ["."]


def test_new_dependencies_are_installed(machine):
    machine.run("quickstart")
    (machine.repo / "pyproject.toml").write_text("# changed\n")
    machine.run("quickstart")
    assert machine.installs() == [".", "."]


def test_after_runtests_everything_is_there(machine):
    machine.run("runtests", "--no-gates")
    machine.run("quickstart")
    assert machine.installs() == [".[dev]"]


def test_a_failed_installation_says_what_it_needs_and_is_tried_again(machine):
    done = machine.run("quickstart", fail="python -m pip install=1")
    assert done.returncode == 2
    assert "network" in done.stdout
    assert machine.calls("lockmap") == []
    assert machine.run("quickstart").returncode == 0


def test_no_python_at_all(root, tmp_path):
    done = Sandbox(root, tmp_path).run("quickstart")
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stdout
    assert "apt-get install python3" in done.stdout


def test_only_an_old_python(root, tmp_path):
    machine = Sandbox(root, tmp_path)
    machine.add("python3", '#!/bin/sh\ntest "$1" = --version && echo Python 3.9.2 || exit 1\n')
    done = machine.run("quickstart")
    assert done.returncode == 2
    assert "python3 (Python 3.9.2)" in done.stdout


def test_a_python_that_can_make_environments_is_preferred(machine):
    machine.add("python3.13", "#!/bin/sh\ncase $2 in *ensurepip*) exit 1 ;; esac\n")
    assert machine.run("quickstart").returncode == 0
    assert len(machine.calls("python3.11")) > 1


def test_as_root_on_debian_the_missing_venv_module_is_installed(machine):
    (machine.state / "no-venv").touch()
    machine.add("id", "#!/bin/sh\necho 0\n")
    machine.add("apt-get", f'#!/bin/sh\ntest "$1" != install || rm -f {machine.state}/no-venv\n')
    done = machine.run("quickstart")
    assert done.returncode == 0, done.stdout
    assert any("-m venv" in call for call in machine.calls("python3.11"))


def test_elsewhere_virtualenv_takes_its_place(machine):
    (machine.state / "no-venv").touch()
    done = machine.run("quickstart")
    assert done.returncode == 0, done.stdout
    assert any("-m virtualenv" in call for call in machine.calls("python3.11"))


def test_with_neither_it_says_what_to_install(machine):
    (machine.state / "no-venv").touch()
    (machine.state / "no-pip").touch()
    done = machine.run("quickstart")
    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stdout


def test_a_failed_attempt_does_not_stand_in_the_way(machine):
    machine.run("quickstart", fail="python3.11 -m venv=1")
    assert machine.run("quickstart").returncode == 0


def test_an_environment_it_did_not_make_is_not_removed(machine):
    (machine.repo / ".venv").mkdir()
    (machine.repo / ".venv/mine").touch()
    done = machine.run("quickstart")
    assert done.returncode == 2
    assert (machine.repo / ".venv/mine").exists()
    assert "move it away" in done.stdout


def test_a_moved_repository_gets_a_new_environment(machine):
    machine.run("quickstart")
    machine.repo = machine.repo.rename(machine.repo.with_name("moved"))
    assert machine.run("quickstart").returncode == 0
    assert len([call for call in machine.calls("python3.11") if "-m venv" in call]) == 2


@pytest.mark.parametrize("arguments", [("latest",), ("6.1", "6.12"), ("--now",)])
def test_wrong_usage(machine, arguments):
    done = machine.run("quickstart", *arguments)
    assert done.returncode == 2
    assert "Usage: ./quickstart [VERSION]" in done.stdout
    assert machine.calls("lockmap") == []


def test_help(machine):
    done = machine.run("quickstart", "--help")
    assert done.returncode == 0
    assert "Example: ./quickstart 6.1" in done.stdout
