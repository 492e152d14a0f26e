"""Dates as files write them. One order and one zone hold for a whole column; no cell is ever guessed by itself.

Times that stand inside the posts' ids are the referee: they show which zone a column is in, and which of two equal
wall times at the end of summer time is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .cells import Parsed, Problem, in_range

_MONTH_WORDS = {
    1: "january jan janeiro enero ene janvier janv januar jän gennaio gen",
    2: "february feb fevereiro fev febrero février févr fevr februar febbraio",
    3: "march mar março marco marzo mars märz mär",
    4: "april apr abril abr avril avr aprile",
    5: "may maio mai mayo maggio mag",
    6: "june jun junho junio juin juni giugno giu",
    7: "july jul julho julio juillet juil juli luglio lug",
    8: "august aug agosto ago août aout",
    9: "september sep sept setembro set septiembre septembre settembre",
    10: "october oct outubro out octubre octobre oktober okt ottobre ott",
    11: "november nov novembro noviembre novembre",
    12: "december dec dezembro dez diciembre dic décembre déc dezember dicembre",
}
MONTHS = {word: month for month, names in _MONTH_WORDS.items() for word in names.split()}
"""Month names, whole and cut, in English, Portuguese, Spanish, French, German and Italian; no word means two months."""

_CLOCK_FACE = r"[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
_TIME = rf"(?:{_CLOCK_FACE})?"
_NUMERIC = re.compile(rf"(?P<a>\d{{1,2}})[./-](?P<b>\d{{1,2}})[./-](?P<year>\d{{4}}){_TIME}", re.ASCII)
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[./-](?P<b>\d{{1,2}})[./-](?P<a>\d{{1,2}}){_TIME}", re.ASCII)
_EASTERN = re.compile(rf"(?P<year>\d{{4}})年(?P<b>\d{{1,2}})月(?P<a>\d{{1,2}})日{_TIME}", re.ASCII)
_SINCE_1970 = re.compile(r"(1\d{9})(?:\.\d+)?|(1\d{12})", re.ASCII)
"""Seconds or milliseconds of 2001 to 2033; a number of that length that begins otherwise may be a date without marks."""
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+", re.ASCII)
_CLOCK = re.compile(_CLOCK_FACE, re.ASCII)
_BEHIND_CLOCK = frozenset({"", "uhr", "h"})
_OWN_ZONE = re.compile(
    r"(?:^[^:]*\s(?=UTC$|GMT$)|:\d{2}(?:\.\d+)?(?:\s*[AP]\.?\s?M\.?)?\s*)"
    r"(?P<zone>(?:UTC|GMT)?(?P<offset>[+-]\d{2}:?\d{2})|UTC|GMT|Z)$",
    re.ASCII | re.IGNORECASE,
)
"""The zone behind a time, or `UTC` behind a date."""
_LONGEST = 64

CLOSE = timedelta(minutes=15)
"""An id is made some seconds before or after the post appears; farther off, the column is in another zone."""
MANY = 3
"""Pairs of which a single one cannot lead astray."""
_QUARTER = timedelta(minutes=15)
_STEADY = timedelta(minutes=5)
_FARTHEST_ZONE = timedelta(hours=14)


class Order(StrEnum):
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """How to read one date column."""

    order: Order | None = None
    """Of dates like 03/04/2025; None = no such date may occur."""
    formats: tuple[str, ...] = ()
    """`strptime` formats, tried in this order; with any, nothing else is read."""
    zone: str | None = None
    """Zone of times that carry none."""


@dataclass(frozen=True, slots=True)
class OrderEvidence:
    """What the cells of a column say about the order of their dates. Rows are None where nothing says so."""

    numeric: int
    """Cells whose order is open."""
    day_first_row: int | None
    month_first_row: int | None

    @property
    def order(self) -> Order | None:
        """The one order that fits all cells, or None where both or neither is forced."""
        if (self.day_first_row is None) == (self.month_first_row is None):
            return None
        return Order.DAY_FIRST if self.month_first_row is None else Order.MONTH_FIRST

    @property
    def contradictory(self) -> bool:
        return self.day_first_row is not None and self.month_first_row is not None

    def __add__(self, later: OrderEvidence) -> OrderEvidence:
        first = self.day_first_row if self.day_first_row is not None else later.day_first_row
        second = self.month_first_row if self.month_first_row is not None else later.month_first_row
        return OrderEvidence(self.numeric + later.numeric, first, second)


def weigh_order(cells: Sequence[str], rows: Sequence[int]) -> OrderEvidence:
    """Look through *cells* for dates that only one order allows; *rows* are their lines."""
    numeric, day_first, month_first = 0, None, None
    for cell, row in zip(cells, rows, strict=True):
        found = _NUMERIC.fullmatch(_divided(cell)[0]) if cell else None
        if found is None:
            continue
        numeric += 1
        if int(found["a"]) > 12 and day_first is None:
            day_first = row
        if int(found["b"]) > 12 and month_first is None:
            month_first = row
    return OrderEvidence(numeric, day_first, month_first)


def zone_of(text: str) -> tzinfo:
    """Return the zone *text* (`America/Sao_Paulo`, `UTC`, `+05:30`), or raise ValueError."""
    if text.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    offset = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", text)
    if offset and int(offset[2]) < 24 and int(offset[3]) < 60:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(span if offset[1] == "+" else -span)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no zone: names like America/Sao_Paulo, UTC or +05:30 are") from error


@dataclass(slots=True)
class Dates:
    """A date column read: instants in UTC, and how finely each was given (`second`, `minute`, `day`)."""

    parsed: Parsed
    precisions: list[str | None]
    naive: bool
    """Some cells carried no zone."""


def read_dates(cells: Sequence[str], rule: DateRule, referees: Sequence[datetime | None] | None = None) -> Dates:
    """Read *cells* by *rule*; *referees* are the times in the ids of the same rows, where there are any.

    A time without zone in a column without zone is taken as UTC; whether that is right, `Dates.naive` and the
    referees tell.
    """
    zone = zone_of(rule.zone) if rule.zone else UTC
    read = {cell: _read(cell.strip(), rule) for cell in set(cells) if cell}
    values: list[object] = []
    precisions: list[str | None] = []
    problems: dict[int, Problem] = {}
    known: dict[tuple[str, datetime | None], datetime | Problem] = {}
    for row, cell in enumerate(cells):
        found = read.get(cell)
        if found is None or isinstance(found, Problem):
            if found is not None:
                problems[row] = found
            values.append(None)
            precisions.append(None)
            continue
        moment, precision = found
        near = referees[row] if referees and _is_twice(moment, zone) else None
        if (cell, near) not in known:
            known[cell, near] = to_utc(moment, zone, near)
        instant = known[cell, near]
        if isinstance(instant, Problem):
            problems[row] = instant
        values.append(None if isinstance(instant, Problem) else instant)
        precisions.append(precision)
    naive = any(
        isinstance(found, tuple) and not isinstance(found, Problem) and found[0].tzinfo is None
        for found in read.values()
    )
    return Dates(Parsed(values, problems), precisions, naive)


def to_utc(moment: datetime, zone: tzinfo, near: datetime | None = None) -> datetime | Problem:
    """Return *moment* in UTC; without a zone of its own it is wall time in *zone*.

    Of a wall time that occurred twice the first is meant, or the one closer to *near*; one that the clocks skipped
    counts as if they had not been changed yet.
    """
    if moment.tzinfo is not None:
        return in_range(moment)
    first = in_range(moment.replace(tzinfo=zone, fold=0))
    if near is None or isinstance(first, Problem):
        return first
    second = in_range(moment.replace(tzinfo=zone, fold=1))
    if isinstance(second, Problem):
        return first
    return min((first, second), key=lambda candidate: abs(candidate - near))


def median_offset(
    instants: Sequence[object], referees: Sequence[datetime | None], *, least: int = MANY
) -> timedelta | None:
    """Return by how much *instants* lie behind (+) or ahead of (-) the times in the ids; None below *least* pairs."""
    gaps = _gaps(instants, referees)
    return timedelta(seconds=median(gaps)) if len(gaps) >= least else None


def steady_zone(instants: Sequence[object], referees: Sequence[datetime | None], *, least: int = MANY) -> str | None:
    """Return the fixed zone (`-03:00`) of wall times that were read as UTC, as the times in the ids show it.

    None below *least* pairs, and where no whole quarter of an hour explains nine of ten: what moves with summer time is
    no fixed zone.
    """
    gaps = _gaps(instants, referees)
    if len(gaps) < least:
        return None
    offset = _QUARTER * -round(median(gaps) / _QUARTER.total_seconds())
    fitting = sum(abs(timedelta(seconds=gap) + offset) <= _STEADY for gap in gaps)
    if abs(offset) > _FARTHEST_ZONE or fitting < 0.9 * len(gaps):
        return None
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta(0) else '+'}{hours:02}:{minutes:02}" if offset else "UTC"


def _gaps(instants: Sequence[object], referees: Sequence[datetime | None]) -> list[float]:
    """Return the times in the ids less the *instants*, in seconds."""
    return [
        (referee - instant).total_seconds()
        for instant, referee in zip(instants, referees, strict=True)
        if referee is not None and isinstance(instant, datetime)
    ]


def _is_twice(moment: datetime, zone: tzinfo) -> bool:
    if moment.tzinfo is not None or zone is UTC:
        return False
    return moment.replace(tzinfo=zone, fold=0).utcoffset() != moment.replace(tzinfo=zone, fold=1).utcoffset()


def _read(text: str, rule: DateRule) -> tuple[datetime, str] | Problem | None:
    if not text:
        return None
    if len(text) > _LONGEST:
        return Problem("time.unreadable", f"a text of {len(text)} characters is no date")
    try:
        found = _by_format(text, rule.formats) if rule.formats else _of_any_zone(text, rule.order)
    except ValueError as error:
        return Problem("time.unreadable", f"{text!r} is not a date: {error}")
    if found is None:
        return Problem("time.unreadable", f"{text!r} is not a date that this column's rule reads")
    return found


def _by_format(text: str, formats: Sequence[str]) -> tuple[datetime, str] | None:
    for form in formats:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the column's
        except ValueError:
            continue
        precise = "second" if "%S" in form or "%s" in form or "%T" in form or "%X" in form else "minute"
        return moment, precise if "%H" in form or "%I" in form or precise == "second" else "day"
    return None


def _of_any_zone(text: str, order: Order | None) -> tuple[datetime, str] | None:
    since = _SINCE_1970.fullmatch(text)
    if since:
        return datetime.fromtimestamp(int(since[1] or since[2][:-3]), UTC), "second"
    bare, zone = _divided(text)
    found = _by_shape(bare, order)
    if found is None or not zone or found[0].tzinfo is not None:
        return found
    return found[0].replace(tzinfo=zone_of(zone)), found[1]


def _divided(text: str) -> tuple[str, str]:
    """Return the time in *text*, and the zone that stands behind it, "" where none does."""
    bare = " ".join(text.split())
    found = _OWN_ZONE.search(bare) if len(bare) <= _LONGEST else None
    if found is None:
        return bare, ""
    return bare[: found.start("zone")].rstrip(), found["offset"] or "UTC"


def _by_shape(text: str, order: Order | None) -> tuple[datetime, str] | None:
    for pattern in (_YEAR_FIRST, _EASTERN):
        found = pattern.fullmatch(text)
        if found:
            return _built(found, int(found["year"]), int(found["b"]), int(found["a"]))
    found = _NUMERIC.fullmatch(text)
    if found and order is not None:
        day, month = ("a", "b") if order is Order.DAY_FIRST else ("b", "a")
        return _built(found, int(found["year"]), int(found[month]), int(found[day]))
    if found:
        return None
    if text[:4].isdigit() and "-" in text[4:5]:
        return _iso(text)
    return _named(text)


def _iso(text: str) -> tuple[datetime, str]:
    moment = datetime.fromisoformat(text)
    clock = text[10:]
    if not clock.strip():
        return moment, "day"
    return moment, "second" if clock.count(":") >= 2 and not re.fullmatch(r".\d\d:\d\d[+-].*", clock) else "minute"


def _named(text: str) -> tuple[datetime, str] | None:
    """Read a date with a month's name: the number of four digits is the year, the other one the day."""
    clock = _CLOCK.search(text)
    if clock and text[clock.end() :].strip(" .").casefold() not in _BEHIND_CLOCK:
        return None  # It may be a zone, and change the time.
    rest = text[: clock.start()] if clock else text
    months = [MONTHS[word] for word in _WORD.findall(rest.casefold()) if word in MONTHS]
    numbers = _NUMBER.findall(rest)
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(months) != 1 or len(years) != 1 or len(days) != 1 or len(numbers) != 2:
        return None
    return _built(clock, int(years[0]), months[0], int(days[0]))


def _built(found: re.Match[str] | None, year: int, month: int, day: int) -> tuple[datetime, str]:
    if found is None or found["hour"] is None:
        return datetime(year, month, day), "day"  # noqa: DTZ001 - the zone is the column's
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"there is no {hour} o'clock on a clock of twelve hours")
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    seconds = found["second"]
    moment = datetime(year, month, day, hour, int(found["minute"]), int(seconds or 0))  # noqa: DTZ001
    return moment, "second" if seconds else "minute"
