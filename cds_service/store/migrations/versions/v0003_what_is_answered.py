"""Adds what a suggestion answers, what the reason of an override is about, and the products of an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "suggestion_findings",
        sa.Column("answer", sa.String(36), primary_key=True),
        sa.Column("suggestion", sa.String(36), primary_key=True),
        sa.Column("finding", sa.String(64), primary_key=True),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    )
    op.create_index("suggestion_findings_suggestion", "suggestion_findings", ["suggestion"])
    op.create_table(
        "answer_products",
        sa.Column("answer", sa.String(36), primary_key=True),
        sa.Column("product", sa.String(64), primary_key=True),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "feedback_findings",
        sa.Column("feedback", sa.String(64), primary_key=True),
        sa.Column("finding", sa.String(64), primary_key=True),
        sa.ForeignKeyConstraint(["feedback"], ["feedback.id"], ondelete="CASCADE"),
    )
