"""Creates the first tables: answers, feedback, the audit chain, used tokens and key sets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _shown()
    _done()
    _chained()
    _tokens()


def _shown() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("week", sa.String(10), nullable=False),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("hook_instance", sa.String(64), nullable=False),
        sa.Column("rules_version", sa.String(64), nullable=False),
        sa.Column("on_day", sa.String(10), nullable=False),
    )
    op.create_index("answers_at", "answers", ["at"])
    op.create_table(
        "cards",
        sa.Column("answer", sa.String(36), primary_key=True),
        sa.Column("uuid", sa.String(36), primary_key=True),
        sa.Column("indicator", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    )
    op.create_index("cards_uuid", "cards", ["uuid"])
    op.create_table(
        "findings",
        sa.Column("answer", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("finding", sa.String(64), nullable=False),
        sa.Column("indicator", sa.String(8), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("card", sa.String(36)),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "suggestions",
        sa.Column("answer", sa.String(36), primary_key=True),
        sa.Column("uuid", sa.String(36), primary_key=True),
        sa.Column("card", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    )
    op.create_index("suggestions_uuid", "suggestions", ["uuid"])


def _done() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("comment", sa.Text),
        sa.Column("told_at", sa.String(27), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("effective_at", sa.String(27), nullable=False),
    )
    op.create_index("feedback_card", "feedback", ["client", "card"])
    op.create_index("feedback_received_at", "feedback", ["received_at"])
    op.create_table(
        "chosen_suggestions",
        sa.Column("feedback", sa.String(64), primary_key=True),
        sa.Column("suggestion", sa.String(64), primary_key=True),
        sa.ForeignKeyConstraint(["feedback"], ["feedback.id"], ondelete="CASCADE"),
    )


def _chained() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed_at", sa.String(27), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("record", sa.String(36), nullable=False, unique=True),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])


def _tokens() -> None:
    """Releases without migrations created these two tables themselves: hence `if_not_exists`."""
    op.create_table(
        "used_tokens",
        sa.Column("client", sa.String(128), primary_key=True),
        sa.Column("jti", sa.String(64), primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_used_tokens_until", "used_tokens", ["until"], if_not_exists=True)
    op.create_table(
        "key_sets",
        sa.Column("client", sa.String(128), primary_key=True),
        sa.Column("attempted", sa.Float, nullable=False),
        sa.Column("fetched", sa.Float, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
