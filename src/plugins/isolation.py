"""Running foreign code so that whatever it raises stays its own problem."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..domain.shared.text import harmless


class PluginBroken(Exception):
    """The plugin does not keep the promises of its hooks; the message says which."""


@contextmanager
def isolated() -> Iterator[None]:
    """Turn whatever foreign code raises, a SystemExit or CancelledError too, into `PluginBroken`.

    Ctrl-C still ends the program; a KeyboardInterrupt that no signal brought is the plugin's own.
    """
    with _interrupts() as arrived:
        try:
            yield
        except PluginBroken:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and arrived:
                raise
            raise PluginBroken(_told(error)) from error


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Note every SIGINT, and pass it on to whoever handles it."""
    arrived: list[int] = []
    usual = signal.getsignal(signal.SIGINT)
    # Elsewhere than in the main thread no signal is handled, so none can raise a KeyboardInterrupt there.
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield arrived
        return

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append(number)
        usual(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield arrived
    finally:
        signal.signal(signal.SIGINT, usual)


def _told(error: BaseException) -> str:
    name = type(error).__name__
    try:
        return harmless(f"{name}: {error}")
    except BaseException:  # noqa: BLE001  the words of the error are foreign code as well
        return f"{name}, which cannot say what is wrong: its __str__ fails"
