"""How far an import is: a moving line on a terminal, a line per file elsewhere, nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ...application.collection.intake import Watch
from ...application.collection.ports import Progress


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Watch]:
    """Yield what shows progress on the error stream for the length of the block."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _moving() as watch:
            yield watch
    else:
        yield _Lines()


class _Lines:
    """Tells each file once, when its reading begins."""

    def __init__(self) -> None:
        self._file = ""

    def __call__(self, progress: Progress) -> None:
        if progress.file and progress.file != self._file:
            self._file = progress.file
            print(f"analisa: reading {progress.file}", file=sys.stderr, flush=True)


@contextmanager
def _moving() -> Iterator[Watch]:
    from rich.console import Console  # noqa: PLC0415  loaded only where somebody looks
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(pulse_style="bar.complete"),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking at the files", total=None, rows=0)

        def watch(progress: Progress) -> None:
            total = progress.files or None
            doing = f"{'storing' if progress.phase == 'storing' else 'reading'} {progress.file[-40:]}"
            bar.update(task, description=doing, rows=progress.rows, total=total, completed=progress.files_done)

        yield watch
