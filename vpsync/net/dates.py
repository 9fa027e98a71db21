"""Times as HTTP headers have them: in any of the three forms that are allowed (RFC 9110, 5.6.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str | None) -> datetime | None:
    """The moment that a header names; None where it names none.

    All three forms are in UTC; that of C's ``asctime`` ends with the year and does not say so.
    """
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC) if str(text).split()[-1] == str(moment.year) else None
    return moment
