"""A kernel in the sandbox, started by Jupyter's own means."""

from __future__ import annotations

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
    assert folder.is_dir()
    manager.shutdown_kernel(now=True)
    assert not folder.exists()


def test_no_sandbox_no_kernel(manager, monkeypatch):
    monkeypatch.setattr(command, "_fault", lambda: "bubblewrap (bwrap) is not installed.")
    with pytest.raises(command.SandboxError, match="bubblewrap"):
        manager.start_kernel()
