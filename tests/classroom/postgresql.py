"""A PostgreSQL server of the tests' own, which can be stopped and started."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

USER = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # it refuses to run as root
SETTINGS = "-c listen_addresses= -c fsync=off -c shared_buffers=16MB -c max_connections=20"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Server:
    """A server with one database, reachable by a socket in its folder only."""

    def __init__(self, folder: Path) -> None:
        """Make the database in a new folder inside `folder`, and start the server."""
        self.programs = programs()
        self.folder = Path(tempfile.mkdtemp(dir=folder, prefix="postgresql-"))
        if USER is not None:
            shutil.chown(self.folder, USER)
        self.data = self.folder / "data"
        self.url = f"postgresql+psycopg://teacher@/template1?host={self.folder}"
        self.run("initdb", "--username=teacher", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.start()

    def run(self, program: str, *options: str) -> None:
        """Run one of PostgreSQL's programs on the database."""
        command = [str(self.programs / program), "-D", str(self.data), *options]
        log = self.folder / "output.txt"
        with log.open("ab") as output:
            done = subprocess.run(command, user=USER, cwd="/", stdout=output, stderr=output, timeout=60)
        assert done.returncode == 0, f"{program} failed:\n{log.read_text()[-2000:]}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.run("pg_ctl", "start", "-w", "-o", f"{SETTINGS} -c unix_socket_directories={self.folder}")

    def stop(self) -> None:
        """Stop the server at once, as a crash would: nobody is waited for."""
        self.run("pg_ctl", "stop", "-w", "-m", "immediate")
