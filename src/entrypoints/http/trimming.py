"""`fields=`: rows with only the parts that a caller asked for, so that a list of thousands stays small."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

from litestar.exceptions import ValidationException

Row = TypeVar("Row")
_Wanted: TypeAlias = dict[str, "_Wanted"]
"""Names of parts, and of what within them; nothing within is all of it."""


def trimmed(text: str | None, shape: type[Row]) -> Callable[[Sequence[Row]], tuple[Row, ...]]:
    """Read names such as `name,profiles.handle`; None keeps rows whole.

    The first part of *shape*, a dataclass, says which row it is and is always there. What is returned is encoded as
    such rows that lack what was not asked for. Raises `ValidationException` for a part that *shape* does not have.
    """
    if text is None:
        return tuple
    wanted: _Wanted = {next(iter(get_type_hints(shape))): {}}
    for name in text.split(","):
        _want(wanted, name.strip(), shape)
    return lambda rows: cast("tuple[Row, ...]", tuple(_part(row, wanted) for row in rows))


def _want(wanted: _Wanted, name: str, shape: type) -> None:
    head, _, rest = name.partition(".")
    hints = get_type_hints(shape)
    if head not in hints:
        raise _refused(head, hints)
    inner = _rows_in(hints[head])
    if rest and inner is None:
        raise _refused(rest, {})
    within = wanted.setdefault(head, {})
    if rest and inner is not None:
        _want(within, rest, inner)


def _rows_in(hint: Any) -> type | None:
    """What a part is a list of, where it is one of rows."""
    kinds = get_args(hint) if get_origin(hint) is tuple else ()
    return next((kind for kind in kinds if hasattr(kind, "__dataclass_fields__")), None)


def _part(row: Any, wanted: _Wanted) -> dict[str, Any]:
    return {name: _within(getattr(row, name), inner) for name, inner in wanted.items()}


def _within(value: Any, wanted: _Wanted) -> Any:
    return tuple(_part(each, wanted) for each in value) if wanted else value


def _refused(name: str, there: Mapping[str, Any]) -> ValidationException:
    message = f"there is no part {name!r}; there are: {', '.join(there) or 'none'}"
    told = {"source": "query", "key": "fields", "message": message, "code": "http.unknown_field"}
    return ValidationException(detail="a query parameter cannot be obeyed", extra=[told])
