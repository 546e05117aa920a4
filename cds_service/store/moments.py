"""Moments and weeks as the tables hold them."""

from datetime import UTC, datetime, timedelta


def written(moment: datetime) -> str:
    """`2026-11-22T08:15:30.123456Z`, which sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def week(moment: datetime) -> str:
    """The ISO day of the Monday that it belongs to, in UTC."""
    day = moment.astimezone(UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()
