"""Adds the counts of calls that are not about baclofen."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "other_calls",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("hour", sa.String(13), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("shadow", sa.Boolean, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
    )
    op.create_index("other_calls_hour", "other_calls", ["hour"])
