"""Adds to answers whether they were made in shadow mode, in which no card is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("answers", sa.Column("shadow", sa.Boolean, nullable=False, server_default=sa.false()))
