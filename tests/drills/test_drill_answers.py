"""The trainee's shell and what stands in it, and a director that does not answer."""

import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from poise.app.drill_debrief import typed
from poise.app.drill_place import DIRECTOR, SOCKET, DrillError, ask
from poise.lab.drill.desk import admin_script, shell_start


def test_a_folder_of_any_name_has_a_shell_that_notes_what_is_typed(tmp_path: Path) -> None:
    folder = tmp_path / "it's a; drill $(touch harm)"
    (folder / DIRECTOR).mkdir(parents=True)
    start = tmp_path / "start"
    start.write_text(shell_start(folder, folder / DIRECTOR / "commands.log"))
    done = subprocess.run(
        ["bash", "--rcfile", str(start), "-i"], input="pwd\nexit\n", capture_output=True, text=True, cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [str(folder)]
    assert [command for _, command in typed(folder)][-1] == "pwd"
    assert abs((typed(folder)[-1][0] - datetime.now(UTC)).total_seconds()) < 60
    assert not (tmp_path / "harm").exists()


def test_the_script_for_the_admin_socket_runs_with_an_interpreter_in_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    script = tmp_path / "admin"
    script.write_text(admin_script(str(folder / "python"), tmp_path / "admin.sock"))
    script.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "admin.sock"))
        door.listen()

        def echo() -> None:
            line, _ = door.accept()
            with line:
                line.sendall(b"heard: " + line.recv(100))

        other = Thread(target=echo)
        other.start()
        done = subprocess.run([str(script), "show", "stat"], capture_output=True, text=True, timeout=60, check=False)
        other.join()
    assert (done.stdout, done.stderr, done.returncode) == ("heard: show stat\n", "", 0)


def test_a_director_that_hangs_up_is_told_in_words(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / SOCKET))
        door.listen()

        def hang_up() -> None:
            line, _ = door.accept()
            line.recv(100)
            line.close()

        other = Thread(target=hang_up)
        other.start()
        with pytest.raises(DrillError, match="gave no answer to 'status'"):
            ask(tmp_path, "status")
        other.join()
