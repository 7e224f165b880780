"""Log files that many processes write."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from backstay.kernel.telemetry.sink import RotatingFile, StreamSink
from tests.kernel.telemetry.records import wait_until

WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from backstay.kernel.telemetry.sink import RotatingFile

    name, path, lines, size, backups = sys.argv[1:]
    file = RotatingFile(Path(path), max_bytes=int(size), backups=int(backups))
    for number in range(int(lines)):
        # Lines of many lengths, some far longer than a page.
        file.write(f"{name}:{number}:{'x' * (number * 37 % 9000)}:end\\n".encode())
    assert file.lost == 0
    """
)


def lines_of(folder: Path) -> list[str]:
    """Every line of the present file and of the rotated ones."""
    return [
        line
        for path in folder.iterdir()
        if path.suffix != ".lock"
        for line in path.read_text().splitlines(keepends=True)
    ]


def test_many_processes_lose_and_tear_no_line(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    processes, lines = 5, 300
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(number), str(path), str(lines), "50000", "500"])
        for number in range(processes)
    ]
    assert [writer.wait(60) for writer in writers] == [0] * processes
    seen: Counter[tuple[str, int]] = Counter()
    for line in lines_of(tmp_path):
        name, number, filling, end = line.split(":")
        assert end == "end\n"
        assert len(filling) == int(number) * 37 % 9000
        seen[name, int(number)] += 1
    assert seen == Counter({(str(name), number): 1 for name in range(processes) for number in range(lines)})
    assert len(list(tmp_path.iterdir())) > 20, "the file was hardly rotated"


def test_a_stopped_process_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    stopped = subprocess.Popen([sys.executable, "-c", WRITER, "stopped", str(path), "1000000", "4096", "3"])
    try:
        wait_until(path.exists)
        for _ in range(20):
            # Wherever it happens to be, in the middle of a line or of a rotation but for an instant.
            stopped.send_signal(signal.SIGSTOP)
            file = RotatingFile(path, max_bytes=4096, backups=3)
            for number in range(20):
                file.write(f"free:{number}\n".encode())
            assert file.lost == 0
            file.close()
            stopped.send_signal(signal.SIGCONT)
        # And where it hurts most: in the middle of a rotation.
        holder = os.open(f"{path}.lock", os.O_RDWR)
        stopped.kill()
        fcntl.flock(holder, fcntl.LOCK_EX)
        file = RotatingFile(path, max_bytes=4096, backups=3)
        for number in range(20):
            file.write(f"stuck:{number}\n".encode())
        assert [line for line in lines_of(tmp_path) if line.startswith("stuck")] == [
            f"stuck:{number}\n" for number in range(20)
        ]
        assert file.lost == 0
        os.close(holder)
        file.close()
    finally:
        stopped.kill()
        stopped.wait()


def test_old_files_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    file = RotatingFile(path, max_bytes=30, backups=2)
    for number in range(10):
        file.write(f"line {number} ........\n".encode())  # 16 bytes: two lines a file
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "app.log",
        "app.log.1",
        "app.log.2",
        "app.log.lock",
    ]
    assert (tmp_path / "app.log.2").read_text().split(" .")[0] == "line 6"
    assert (tmp_path / "app.log.1").read_text().split(" .")[0] == "line 8"
    assert path.read_text() == ""
    file.close()


def test_without_backups_the_file_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    file = RotatingFile(path, max_bytes=10, backups=0)
    file.write(b"0123456789\n")
    file.write(b"next\n")
    assert path.read_text() == "next\n"
    file.close()


def test_a_writer_follows_the_rotation_of_another(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    slow = RotatingFile(path, max_bytes=100, backups=1)
    quick = RotatingFile(path, max_bytes=100, backups=1)
    slow.write(b"first\n")
    for _ in range(40):
        quick.write(b"0123456789\n")  # the file that `slow` has open is long gone
    slow.write(b"second\n")
    assert "second\n" in path.read_text()
    slow.close()
    quick.close()


def test_what_logrotate_does_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backstay.kernel.telemetry.sink._LOOK_SECONDS", -1.0)
    path = tmp_path / "app.log"
    file = RotatingFile(path, max_bytes=1000, backups=1)
    file.write(b"before\n")
    path.rename(tmp_path / "app.log-2026")
    file.write(b"after\n")
    assert path.read_text() == "after\n"
    file.close()


def test_a_forked_child_has_a_lock_of_its_own(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from backstay.kernel.telemetry.sink import RotatingFile

        file = RotatingFile(Path(sys.argv[1]), max_bytes=1000, backups=1)
        before = os.fstat(file._lock), file._lock
        child = os.fork()
        if child == 0:
            file.write(b"child\\n")
            os._exit(0 if file._lock != before[1] else 1)
        _, status = os.waitpid(child, 0)
        file.write(b"parent\\n")
        sys.exit(os.waitstatus_to_exitcode(status))
        """
    )
    path = tmp_path / "app.log"
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 0
    assert path.read_text() == "child\nparent\n"


def test_a_full_disk_loses_lines_and_says_so() -> None:
    sink = StreamSink(os.open("/dev/full", os.O_WRONLY))
    sink.write(b"lost\n")
    assert sink.lost == 1
    os.close(sink.descriptor)


def test_a_line_after_half_a_line_starts_on_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.log"
    file = RotatingFile(path, max_bytes=1000, backups=1)
    real = os.write

    def half(descriptor: int, line: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return real(descriptor, line[:4])

    def full(descriptor: int, line: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    file.write(b"half a line\n")
    monkeypatch.setattr(os, "write", real)
    file.write(b"whole\n")
    assert path.read_text() == "half\nwhole\n"
    assert file.lost == 1
    file.close()


def test_a_line_that_a_pipe_takes_in_parts_arrives_whole() -> None:
    reader, writer = os.pipe()
    sink = StreamSink(writer)
    line = b"x" * 200_000 + b"\n"
    child = os.fork()
    if child == 0:
        sink.write(line)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == line
    os.waitpid(child, 0)
