"""The tables, as the newest migration leaves them. Nothing in them names a patient, an order or a prescriber.

Times are RFC 3339 texts in UTC with six decimals: they sort by time and are the same in SQLite and PostgreSQL. A
`week` is the ISO date of its Monday, in UTC.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

METADATA = MetaData()

MOMENT = String(27)
DAY = String(10)
UUID = String(36)
DIGEST = String(64)
CLIENT = String(128)
RULE = String(64)

# --- what was shown --------------------------------------------------------------------------

ANSWERS = Table(
    "answers",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("week", DAY, nullable=False),
    Column("client", CLIENT, nullable=False),
    Column("hook_instance", DIGEST, nullable=False),  # HMAC digest
    Column("rules_version", String(64), nullable=False),
    Column("on_day", DAY, nullable=False),
    Column("shadow", Boolean, nullable=False, server_default=false()),  # judged, and no card was sent
    Index("answers_at", "at"),
)
CARDS = Table(
    "cards",
    METADATA,
    Column("answer", UUID, primary_key=True),
    Column("uuid", UUID, primary_key=True),
    Column("indicator", String(8), nullable=False),
    ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    Index("cards_uuid", "uuid"),
)
FINDINGS = Table(
    "findings",
    METADATA,
    Column("answer", UUID, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # most urgent first
    Column("finding", RULE, nullable=False),
    Column("indicator", String(8), nullable=False),
    Column("facts", Text, nullable=False),  # JSON
    Column("card", UUID),  # the card of this answer that shows it; null for a notice, a line on other cards
    ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
)
SUGGESTIONS = Table(
    "suggestions",
    METADATA,
    Column("answer", UUID, primary_key=True),
    Column("uuid", UUID, primary_key=True),
    Column("card", UUID, nullable=False),
    ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    Index("suggestions_uuid", "uuid"),
)
SUGGESTION_FINDINGS = Table(
    "suggestion_findings",
    METADATA,
    Column("answer", UUID, primary_key=True),
    Column("suggestion", UUID, primary_key=True),
    Column("finding", RULE, primary_key=True),  # what it answers
    ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
    Index("suggestion_findings_suggestion", "suggestion"),
)
ANSWER_PRODUCTS = Table(
    "answer_products",
    METADATA,
    Column("answer", UUID, primary_key=True),
    Column("product", RULE, primary_key=True),  # a code of baclofen-products
    ForeignKeyConstraint(["answer"], ["answers.id"], ondelete="CASCADE"),
)

OTHER_CALLS = Table(
    "other_calls",
    METADATA,
    Column("id", UUID, primary_key=True),  # of one count of one process: the sum counts
    Column("client", CLIENT, nullable=False),
    Column("hour", String(13), nullable=False),  # in UTC, as in 2026-11-22T08
    Column("reason", String(64), nullable=False),  # why it is not about baclofen
    Column("shadow", Boolean, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Index("other_calls_hour", "hour"),
)

# --- what was done with it -------------------------------------------------------------------

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", DIGEST, primary_key=True),  # digest of the content: a repeated item is stored once
    Column("client", CLIENT, nullable=False),
    Column("card", DIGEST, nullable=False),  # a UUID, or the HMAC digest of another id; may be unknown
    Column("outcome", String(10), nullable=False),  # accepted, overridden
    Column("reason", String(64)),  # a code of ours, or `unlisted`; null without a reason
    Column("comment", Text),  # only where the settings keep comments
    Column("told_at", MOMENT, nullable=False),  # as the client says
    Column("received_at", MOMENT, nullable=False),
    Column("effective_at", MOMENT, nullable=False),  # the earlier of the two; the latest says how a card ended
    Index("feedback_card", "client", "card"),
    Index("feedback_received_at", "received_at"),
)
CHOSEN = Table(
    "chosen_suggestions",
    METADATA,
    Column("feedback", DIGEST, primary_key=True),
    Column("suggestion", DIGEST, primary_key=True),
    ForeignKeyConstraint(["feedback"], ["feedback.id"], ondelete="CASCADE"),
)
FEEDBACK_FINDINGS = Table(
    "feedback_findings",
    METADATA,
    Column("feedback", DIGEST, primary_key=True),
    Column("finding", RULE, primary_key=True),  # what the reason of an override is about
    ForeignKeyConstraint(["feedback"], ["feedback.id"], ondelete="CASCADE"),
)

# --- the chained record ----------------------------------------------------------------------

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_at", MOMENT, nullable=False),
    Column("previous", DIGEST, nullable=False),
    Column("content", Text, nullable=False),  # canonical JSON; its digest is part of `hash`
    Column("hash", DIGEST, nullable=False),
    Column("record", UUID, nullable=False, unique=True),  # one decision is sealed once
)
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # a single row, locked by appends
    Column("seq", BigInteger, nullable=False),
    Column("hash", DIGEST, nullable=False),
)

# --- used tokens and key sets, for all workers -------------------------------------------------

USED_TOKENS = Table(
    "used_tokens",
    METADATA,
    Column("client", CLIENT, primary_key=True),
    Column("jti", DIGEST, primary_key=True),
    Column("until", Float, nullable=False, index=True),  # seconds since 1970
)
KEY_SETS = Table(
    "key_sets",
    METADATA,
    Column("client", CLIENT, primary_key=True),
    Column("attempted", Float, nullable=False),
    Column("fetched", Float, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
