"""Runs the migrations in the connection and transaction that `migrator.migrate` has opened."""

from alembic import context

from cds_service.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
