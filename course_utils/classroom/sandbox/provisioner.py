"""A kernel provisioner for Jupyter: any notebook's kernel, in the sandbox.

For looking into a submission by hand. Chosen by whoever starts the kernel, not by the notebook:
``JUPYTER_DEFAULT_PROVISIONER_NAME=course-sandbox jupyter lab``. The kernel that the notebook asks for is not
started, whatever its name; it is always this Python's. Nothing beside the notebook is visible in it.

Both sides share no file and no folder: the sockets are made out here, in a folder that only this account
reaches, and the kernel inherits them open, with the connection's details on its standard input. So nothing that
is opened, written or connected to by name out here can be put there by the inside.

Not promised: what a notebook displays, JupyterLab shows, and scripts in it run in the browser with the rights of
whoever is logged in. Look at formgrader's pages, which have text and pictures only, where you do not trust it.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from jupyter_client.connect import port_names
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict

from course_utils.classroom.limits import Limits
from course_utils.classroom.sandbox import cgroup, command

WAITING = 100  # clients of a socket before it answers


class SandboxProvisioner(LocalProvisioner):
    """Starts kernels in bubblewrap; refuses where there is none."""

    limits = Dict(help="limits by name, as in the table [limits] of a class's settings").tag(config=True)

    folder: Path | None = None
    grounds: cgroup.Grounds | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Replace the kernel's command by one that starts it inside.

        Raises:
            SandboxError: there is no sandbox on this machine.
        """
        command.require()
        limits = Limits.from_toml(self.limits)
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="kernel-"))
        manager: Any = self.parent
        manager.transport, manager.ip, manager.cache_ports = "ipc", str(self.folder / "k"), False
        if self.kernel_spec is not None:
            self.kernel_spec.interrupt_mode = "message"  # a signal would reach bubblewrap, not the kernel
        kwargs = await super().pre_launch(**kwargs)
        program = [sys.executable, "-m", "course_utils.classroom.sandbox.kernel", json.dumps(asdict(limits))]
        inside = [*command.arguments(command.visible_paths(), ends_with_starter=True), *program]
        self.grounds = cgroup.Grounds()
        variables = {**command.environment(limits.threads), **self.grounds.environment()}
        return {**kwargs, "cmd": [*self.grounds.words(), *inside], "env": variables, "cwd": "/"}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel with its sockets and details, which are closed here as soon as it has them."""
        info: dict[str, Any] = dict(self.connection_info)
        with ExitStack() as stack:
            sockets = {
                info[name]: stack.enter_context(listening(f"{info['ip']}-{info[name]}"))
                for name in port_names
            }
            numbers = {str(port): each.fileno() for port, each in sockets.items()}
            details = stack.enter_context(written({"connection": info, "sockets": numbers}))
            return await super().launch_kernel(
                cmd, **{**kwargs, "stdin": details, "pass_fds": [*numbers.values()]}
            )

    async def send_signal(self, signum: int) -> None:
        """Interrupts go by message; every other signal ends the sandbox."""
        if signum != signal.SIGINT:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what is left of a kernel, and the sockets when it was the last."""
        await super().cleanup(restart)
        if self.grounds is not None:
            self.grounds.remove()
        if not restart and self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def listening(path: str) -> socket.socket:
    """A socket at this path, in place of a former kernel's."""
    Path(path).unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    made.bind(path)
    made.listen(WAITING)
    return made


def written(details: dict[str, Any]) -> IO[bytes]:
    """A file without a name that holds the details, to be read from its beginning."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever calls closes it
    file.write(json.dumps(details, default=bytes.decode).encode())
    file.seek(0)
    return file
