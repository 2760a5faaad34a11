"""What a test leaves behind and must wait for."""

import threading


def wait_for_program() -> None:
    """A program that hung goes on in its thread, and at its end puts back the modules that were there before it."""
    for thread in threading.enumerate():
        if thread.name == "program":
            thread.join()
