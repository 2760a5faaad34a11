"""The simulated AWS over HTTP: what a run has made, for boto3, the AWS CLI and scanners."""

import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

HOST = "127.0.0.1"
"""This machine only: the simulation asks nobody for a password."""


class PortError(Exception):
    """The port cannot be had; the message says why and what to do."""


@contextlib.contextmanager
def reserved(port: int) -> Iterator[socket.socket]:
    """Listen on the port from now on, so that it is not found taken only after the run."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            problem = f"port {port} of {HOST} cannot be used: {error.strerror}"
            raise PortError(f"{problem}; choose another with --serve, or end what uses it") from error
        listener.listen(128)
        yield listener


def serve(listener: socket.socket, announce: Callable[[str], None]) -> None:
    """Answer from moto's backends in this process until SIGINT or SIGTERM.

    It is moto's ThreadedMotoServer but for the socket, which that one opens in its thread: it hangs where it cannot.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
    port = listener.getsockname()[1]
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        HOST, port, application, threaded=True, request_handler=MotoRequestHandler, fd=listener.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, name="simulated AWS", daemon=True)
    thread.start()
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    # A shell starts background commands with SIGINT ignored, so both are set.
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        announce(_usage(f"http://{HOST}:{port}"))
        stopped.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        server.shutdown()
        thread.join()
        server.server_close()


def _usage(url: str) -> str:
    return (
        f"The simulated AWS answers at {url} until interrupted (Ctrl+C). Any credentials will do:\n"
        f"  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated\n"
        "  aws ec2 describe-vpcs --region us-east-1\n"
        '  python -c \'import boto3; print(boto3.client("ec2", "us-east-1").describe_vpcs())\''
    )
