"""A kernel in the sandbox, started by Jupyter's own means."""

from __future__ import annotations

import stat
import textwrap
import time
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from jupyter_client import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from course_utils.classroom.sandbox import command, provisioner
from course_utils.cli import project

pytestmark = pytest.mark.sandbox

NAME = "course-sandbox"
GROUP = "jupyter_client.kernel_provisioners"


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> KernelManager:
    """A manager of a kernel whose name is the notebook's choice; the provisioner is not."""
    settings = tomllib.loads((project.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    value = settings["project"]["entry-points"][GROUP][NAME]
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setitem(factory.provisioners, NAME, EntryPoint(NAME, value, GROUP))
    monkeypatch.setattr(factory, "default_provisioner_name", NAME)
    return KernelManager(kernel_name="python3")


@pytest.fixture
def kernel(manager: KernelManager) -> Iterator[KernelManager]:
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


def printed(kernel: KernelManager, code: str) -> str:
    """What the kernel prints for a cell, errors included."""
    client = kernel.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    texts = []

    def collect(message):
        content = message["content"]
        texts.append(content.get("text", "") + content.get("evalue", ""))

    client.execute_interactive(code, output_hook=collect, timeout=60)
    client.stop_channels()
    return "".join(texts)


def test_kernel_computes_and_sees_nothing_of_the_machine(kernel, tmp_path):
    (tmp_path / "secret").write_text("s3cr3t")
    assert "42" in printed(kernel, "print(6 * 7)")
    assert "No such file" in printed(kernel, f"open('{tmp_path}/secret').read()")
    assert "unreachable" in printed(
        kernel, "import socket; socket.create_connection(('1.1.1.1', 53), timeout=2)"
    )
    assert "not permitted" in printed(kernel, "import os; os.unshare if 0 else os.chroot('/')")
    assert isinstance(kernel.provisioner, provisioner.SandboxProvisioner)


def test_sockets_are_removed_at_the_end(manager):
    manager.start_kernel()
    folder = Path(manager.provisioner.folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list(folder.iterdir())) == 5 and all(path.is_socket() for path in folder.iterdir())
    manager.shutdown_kernel(now=True)
    assert not folder.exists()


def test_nothing_that_the_outside_opens_can_be_put_there_by_the_inside(kernel, tmp_path):
    precious = tmp_path / "gradebook.db"
    precious.write_text("100 %")
    before = precious.stat()
    folder, file = kernel.provisioner.folder, kernel.connection_file
    assert printed(
        kernel, f"import os; print(os.path.exists({str(folder)!r}), os.path.exists({file!r}))"
    ) == ("False False\n")
    plant = """
        import os, pathlib
        for folder in ('/run/shared', '/run', '/tmp', FOLDER, RUNTIME):
            for name in ('inside.json', 'connection.json', FILE, *(f'k-{n}' for n in range(1, 6))):
                try:
                    os.makedirs(folder, exist_ok=True)
                    pathlib.Path(folder, name).unlink(missing_ok=True)
                    os.symlink(PRECIOUS, f'{folder}/{name}')
                except OSError:
                    pass
        print('planted')
    """
    places = {"FOLDER": folder, "RUNTIME": Path(file).parent, "FILE": Path(file).name, "PRECIOUS": precious}
    for name, place in places.items():
        plant = plant.replace(name, repr(str(place)))
    assert "planted" in printed(kernel, textwrap.dedent(plant))
    kernel.restart_kernel(now=True)
    assert "42" in printed(kernel, "print(6 * 7)")
    after = precious.stat()
    assert precious.read_text() == "100 %"
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (
        before.st_mode,
        before.st_uid,
        before.st_mtime_ns,
    )
    assert all(path.is_socket() for path in folder.iterdir())


OPEN = """
import os
for name in os.listdir('/proc/self/fd'):
    try:
        print(os.readlink(f'/proc/self/fd/{name}'))
    except FileNotFoundError:  # that of the list itself
        pass
"""


def test_no_file_and_no_terminal_of_the_outside_is_open_in_it(kernel):
    found = [line for line in printed(kernel, OPEN).splitlines() if not line.startswith("/tmp/ipython/")]
    kinds = {line.partition(":")[0] for line in found}
    assert "socket" in kinds
    assert kinds <= {"socket", "pipe", "anon_inode", "/dev/null", "/dev/urandom"}


ENDINGS = {
    "leaves": "import os\nos._exit(1)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "fills the memory": """
import mmap
hoard = []
while True:
    hoard.append(mmap.mmap(-1, 1 << 24))
    hoard[-1].write(bytes(1 << 24))
""",
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_kernel_that_has_ended_is_not_alive(manager, name):
    manager.config.SandboxProvisioner.limits = {"memory_mb": 300}
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        assert manager.is_alive()
        client.execute(ENDINGS[name])
        deadline = time.monotonic() + 60
        while manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not manager.is_alive()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_no_sandbox_no_kernel(manager, monkeypatch):
    monkeypatch.setattr(command, "_fault", lambda: "bubblewrap (bwrap) is not installed.")
    with pytest.raises(command.SandboxError, match="bubblewrap"):
        manager.start_kernel()
