"""The alembic migrations of the tables: one file per version, run in order."""
