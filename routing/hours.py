"""When a team is open: the wall clock of its zone, turned into instants once, then read by bisection.

A team is open at an instant if the clock on its wall reads a time inside one of its shifts.  So an hour shown twice
counts twice, a skipped hour does not exist, and nobody has to know what "fold" means.  Between two changes of the
zone's offset the wall clock is UTC plus a constant; in such a piece shifts are plain intervals.  Every result is exact
to the microsecond and in UTC.  An Hours is a value: what it has worked out so far is kept beside it, and is neither
compared nor pickled.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

Shift = tuple[int, int]
"""Minutes of the wall clock, start and end.  1440 is 24:00; an end at or before the start lies on the next day."""

DAY_MINUTES = 1440
HORIZON = timedelta(days=400)
"""A deadline or an opening further away than this is a mistake in the configuration, and given as None."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICRO = timedelta(microseconds=1)
_SECOND = 1_000_000
_HORIZON = HORIZON // _MICRO
_DAY = 86_400
_SAMPLE = 3_600
_YEARS_KEPT = 12
_FIRST_YEAR, _LAST_YEAR = 1900, 9_000
_LONGEST_YEARS = 100

_Interval = tuple[int, int]


@dataclass(frozen=True)
class Hours:
    """The opening hours of a team, equal by value.

    `zone` is an IANA name; `week` has the shifts that start on each weekday (0 is Monday); `exceptions` replaces, for
    one local date, the shifts that start on it (empty: closed), while last night's shift runs to its end;
    `closed_names` has the name of a holiday, for words only.  Raises ValueError for an unknown zone or an impossible
    shift.
    """

    zone: str
    week: Mapping[int, tuple[Shift, ...]]
    exceptions: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)
    closed_names: Mapping[date, str] = field(default_factory=dict)
    _years: Mapping[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Copy what was given, in one order, so that equal hours are equal however they were written down."""
        week = {day: _shifts(shifts, f"weekday {day}") for day, shifts in sorted(self.week.items()) if shifts}
        if not all(0 <= day <= 6 for day in week):
            raise ValueError(f"weekdays run from 0 (Monday) to 6 (Sunday), not {sorted(week)}")
        exceptions = {day: _shifts(shifts, str(day)) for day, shifts in sorted(self.exceptions.items())}
        _zone(self.zone)
        object.__setattr__(self, "week", week)
        object.__setattr__(self, "exceptions", exceptions)
        object.__setattr__(self, "closed_names", dict(sorted(self.closed_names.items())))

    def __hash__(self) -> int:
        """Equal hours hash alike; mappings have no hash of their own."""
        return hash((self.zone, tuple(self.week.items()), tuple(self.exceptions.items())))

    def __reduce__(self) -> tuple[type[Hours], tuple[object, ...]]:
        """Pickle the value only; a copy works its years out again."""
        return Hours, (self.zone, self.week, self.exceptions, self.closed_names)

    def shifts_on(self, day: date) -> tuple[Shift, ...]:
        """The shifts that start on this local date, in order."""
        found = self.exceptions.get(day)
        return self.week.get(day.weekday(), ()) if found is None else found

    def is_open(self, at: datetime) -> bool:
        """Whether the team is open at this instant; at the very moment of closing it is not."""
        instant = _micros(at)
        return self._year(_year_of(instant)).first_open(instant) == instant

    def open_seconds(self, start: datetime, end: datetime) -> float:
        """Seconds of open time from `start` to `end`; 0 if `end` is not later.  ValueError beyond a hundred years."""
        first, last = _micros(start), _micros(end)
        if last <= first:
            return 0.0
        years = range(_year_of(first), _year_of(last) + 1)
        if len(years) > _LONGEST_YEARS:
            raise ValueError(f"{start} and {end} are too far apart to count the open time between them")
        total = sum(self._year(year).total for year in years[:-1])
        total += self._year(years[-1]).open_before(last) - self._year(years[0]).open_before(first)
        return total / _SECOND

    def due(self, opened: datetime, open_seconds: float) -> datetime | None:
        """The first instant at which the open time since `opened` reaches `open_seconds`; None: not in 400 days."""
        if open_seconds < 0:
            raise ValueError(f"open time cannot be negative: {open_seconds}")
        start, need = _micros(opened), round(open_seconds * _SECOND)
        if need == 0:
            return self.next_opening(opened)
        for year in _years_within_horizon(start):
            block = self._year(year)
            used = block.open_before(start)
            if block.total - used >= need:
                return _moment(block.reach(used + need), start)
            need -= block.total - used
        return None

    def next_opening(self, at: datetime) -> datetime | None:
        """The first open instant from `at` on (`at` itself when open); None: closed for 400 days."""
        start = _micros(at)
        for year in _years_within_horizon(start):
            found = self._year(year).first_open(start)
            if found is not None:
                return _moment(found, start)
        return None

    def closing_after(self, at: datetime) -> datetime | None:
        """The end of the opening in which `at` lies, or of the next; a break is a closing.  None: not in 400 days."""
        opening = self.next_opening(at)
        if opening is None:
            return None
        start = _micros(opening)
        end = start
        for year in _years_within_horizon(start):  # an opening over New Year (UTC) is cut there: put it together
            following = self._year(year).closing(end)
            if following is None:
                break
            end = following
        return _moment(end, _micros(at))

    def openings_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """What really happens (UTC) of the shifts that start on this local date: merged, in order, maybe nothing."""
        if not self.shifts_on(day) or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return ()
        local = (day.toordinal() - _EPOCH_DAY) * _DAY
        # No offset exceeds a day, and a shift ends within two: three days on each side are more than enough.
        pieces = _pieces(_zone(self.zone), local - 3 * _DAY, local + 4 * _DAY)
        found = _merged(cut for piece in pieces for cut in self._cut(piece, (day,)))
        return tuple((_at(start * _SECOND), _at(end * _SECOND)) for start, end in found)

    def _year(self, year: int) -> _Year:
        """The openings of one UTC year.  The cache is replaced whole, never changed: safe from any thread."""
        known = self._years.get(year)
        if known is None:
            known = self._work_out(year)
            kept = dict(list(self._years.items())[1 - _YEARS_KEPT :])
            object.__setattr__(self, "_years", {**kept, year: known})
        return known

    def _work_out(self, year: int) -> _Year:
        if not (self.week or self.exceptions) or not _FIRST_YEAR <= year <= _LAST_YEAR:
            return _Year.of(())
        start, end = (int(datetime(number, 1, 1, tzinfo=UTC).timestamp()) for number in (year, year + 1))
        cuts = (
            cut for piece in _pieces(_zone(self.zone), start, end) for cut in self._cut(piece, _dates_touching(piece))
        )
        return _Year.of(_merged(cuts))

    def _cut(self, piece: _Piece, days: Iterable[date]) -> Iterator[_Interval]:
        """The shifts of these days as instants, as far as they lie in a piece of constant offset."""
        for day in days:
            midnight = (day.toordinal() - _EPOCH_DAY) * _DAY - piece.offset
            for first, last in self.shifts_on(day):
                over_midnight = DAY_MINUTES if last <= first else 0
                start = max(midnight + first * 60, piece.start)
                end = min(midnight + (last + over_midnight) * 60, piece.end)
                if start < end:
                    yield start, end


@dataclass(frozen=True, slots=True)
class _Year:
    """Openings of a UTC year, sorted and apart, in microseconds since 1970; `before` is the open time before each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    @classmethod
    def of(cls, intervals: Iterable[_Interval]) -> _Year:
        """From merged intervals in seconds."""
        starts, ends, before, total = [], [], [], 0
        for start, end in intervals:
            starts.append(start * _SECOND)
            ends.append(end * _SECOND)
            before.append(total)
            total += (end - start) * _SECOND
        return cls(tuple(starts), tuple(ends), tuple(before), total)

    def open_before(self, instant: int) -> int:
        """Open time of this year before the instant."""
        at = bisect_right(self.starts, instant) - 1
        return 0 if at < 0 else self.before[at] + min(instant, self.ends[at]) - self.starts[at]

    def reach(self, open_time: int) -> int:
        """The first instant at which this much (more than nothing, at most `total`) of the year's open time is over."""
        at = bisect_left(self.before, open_time) - 1
        return self.starts[at] + open_time - self.before[at]

    def first_open(self, instant: int) -> int | None:
        """The first open instant from this one on."""
        at = bisect_right(self.starts, instant)
        if at and instant < self.ends[at - 1]:
            return instant
        return self.starts[at] if at < len(self.starts) else None

    def closing(self, instant: int) -> int | None:
        """The end of the opening that holds this instant, if there is one."""
        at = bisect_right(self.starts, instant) - 1
        return self.ends[at] if at >= 0 and instant < self.ends[at] else None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of time in which the zone's offset (seconds east of UTC) does not change.  Seconds since 1970."""

    start: int
    end: int
    offset: int


def holiday_dates(code: str, years: Iterable[int]) -> Mapping[date, str]:
    """Public holidays of a country (``FR``) or a part of it (``GB-ENG``), with their names in the local language.

    Raises ValueError, naming the nearest codes, for a code that the holiday library does not know.
    """
    import holidays  # here, because it takes a while to load and few commands need it

    known = holidays.list_supported_countries()
    country, _, part = code.strip().partition("-")
    country = country.upper()
    if country not in known:
        short = [name for name in known if len(name) == 2]
        raise ValueError(f"no holidays known for {code!r}{_nearest(country, short)}")
    parts = {name.upper(): name for name in known[country]}
    if part and part.upper() not in parts:
        hint = _nearest(part.upper(), parts, f"{country}-") if parts else f"; write just {country!r}"
        raise ValueError(f"no holidays known for {code!r}{hint}")
    found = holidays.country_holidays(country, subdiv=parts[part.upper()] if part else None, years=list(years))
    return dict(sorted(found.items()))


def _nearest(wrong: str, known: Iterable[str], prefix: str = "") -> str:
    near = get_close_matches(wrong, sorted(known), n=3, cutoff=0.5)
    if not near:
        return "; codes are written like 'FR' or, for a part of a country, 'GB-ENG'"
    return f"; did you mean {' or '.join(repr(prefix + name) for name in near)}?"


def _shifts(shifts: Iterable[Shift], where: str) -> tuple[Shift, ...]:
    checked = tuple(sorted((start, end) for start, end in shifts))
    for start, end in checked:
        if not (0 <= start < DAY_MINUTES and 0 <= end <= DAY_MINUTES):
            raise ValueError(f"{where}: a shift starts at 0 to 1439 and ends at 0 to 1440 minutes, not {start}-{end}")
    return checked


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no time zone called {name!r}; zones are written like Europe/London") from error


def _pieces(zone: ZoneInfo, start: int, end: int) -> Iterator[_Piece]:
    """Cut a stretch of time where the zone's offset changes: found between hourly samples, by halving."""
    since, at, offset = start, start, _offset(zone, start)
    while at < end:
        following = min(at + _SAMPLE, end)
        if _offset(zone, following) == offset:
            at = following
            continue
        at = _change(zone, at, following, offset)
        yield _Piece(since, at, offset)
        since, offset = at, _offset(zone, at)
    if since < end:
        yield _Piece(since, end, offset)


def _change(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """The first second, in (before, after], at which the offset is another."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return offset.days * _DAY + offset.seconds


def _dates_touching(piece: _Piece) -> Iterator[date]:
    """The local dates whose shifts can lie in a piece, from the evening before on."""
    first = (piece.start + piece.offset) // _DAY - 1
    last = (piece.end - 1 + piece.offset) // _DAY
    for day in range(first, last + 1):
        yield date.fromordinal(_EPOCH_DAY + day)


def _merged(intervals: Iterable[_Interval]) -> list[_Interval]:
    """Sorted, with what overlaps or touches put together."""
    merged: list[_Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _micros(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; opening hours need an exact instant")
    return (at - _EPOCH) // _MICRO


def _at(instant: int) -> datetime:
    return _EPOCH + instant * _MICRO


def _moment(instant: int, start: int) -> datetime | None:
    return _at(instant) if instant - start <= _HORIZON else None


def _year_of(instant: int) -> int:
    return _at(instant).year


def _years_within_horizon(start: int) -> range:
    first = _year_of(start)
    return range(first, first + 3)  # 400 days touch at most three
