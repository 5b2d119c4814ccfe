"""The kernel itself: IPython's, on sockets that were made outside. All of this process is the student's."""

from __future__ import annotations

import json
import sys
from typing import Any

import zmq


def inherit(descriptors: dict[str, int]) -> None:
    """Have sockets that bind to an address listen at its open descriptor, and there, too, for the debugger inside."""
    bind = zmq.Socket.bind

    def bind_inherited(self: zmq.Socket, address: str) -> Any:
        if address in descriptors:
            self.setsockopt(zmq.USE_FD, descriptors[address])
            bind(self, address)
            self.setsockopt(zmq.USE_FD, -1)
        return bind(self, address)

    zmq.Socket.bind = bind_inherited  # type: ignore[method-assign, assignment]


def main() -> None:
    """Run the kernel of a connection file; the second argument holds the descriptors by address."""
    from ipykernel.kernelapp import IPKernelApp

    inherit(json.loads(sys.argv[2]))
    IPKernelApp.launch_instance(argv=["-f", sys.argv[1]])


if __name__ == "__main__":
    main()
