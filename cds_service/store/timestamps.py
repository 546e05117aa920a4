"""Converts times and weeks to the texts in the tables, and back."""

from datetime import UTC, datetime, timedelta


def written(moment: datetime) -> str:
    """`2026-11-22T08:15:30.123456Z`: in UTC; the order of the texts is that of the times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def week(moment: datetime) -> str:
    """The ISO date of the Monday of its week, in UTC."""
    day = moment.astimezone(UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def hour(moment: datetime) -> str:
    """`2026-11-22T08`, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")
