"""Opens the store at the start: migrates or checks the tables, and finds the key for digests."""

import secrets
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import make_url

from cds_service.base.errors import Fault, SettingsError
from cds_service.store import migrator
from cds_service.store.database import StoreDown, open_engine, reading
from cds_service.store.recorder import Recorder
from cds_service.store.spool import Spool
from cds_service.telemetry.logs import log_alarm

KEY_BYTES = 32
KEY_FILE = "digest.key"

NOT_AT_HEAD = Fault(
    "CDS_DATABASE_URL",
    "has not the tables of this release",
    "Run `cds-service migrate` first, with the same settings",
)
NEWER_TABLES = Fault(
    "CDS_DATABASE_URL",
    "has the tables of a newer release",
    "Install that release again, or restore the backup that was made before it",
)


def open_recorder(url: str, spool: Path, key: str, *, migrates: bool) -> Recorder:
    """Opens the store. With `migrates` (demo mode) the tables are migrated, and a database that is down is accepted.

    Without, raises SettingsError if the database is down or does not have the tables of this release.
    """
    if migrates:
        _migrate(url)
    else:
        check_tables(url)
    memory = Recorder(
        open_engine(url),
        Spool(spool),
        key.encode() if key else _kept_key(spool),
        mend=(lambda: migrator.migrate(url)) if migrates else None,
    )
    if not memory.check_keeping():
        log_alarm("spool-not-writable")
    return memory


def check_tables(url: str) -> None:
    """Raises SettingsError if the database is down or does not have the tables of this release."""
    try:
        found = _version(url)
    except StoreDown as down:
        raise SettingsError(cannot_be_used(down)) from None
    if found != migrator.head():
        raise SettingsError(NOT_AT_HEAD if found < migrator.head() else NEWER_TABLES)


def _version(url: str) -> str:
    """The version of the tables. Raises StoreDown."""
    engine = open_engine(url)
    with reading(engine) as connection:
        found = migrator.version(connection)
    engine.dispose()  # a forked process must not share a connection
    return found


def database_exists(url: str) -> bool:
    """Whether the database exists. SQLite would create an empty one."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def cannot_be_used(down: StoreDown) -> Fault:
    if isinstance(down, migrator.NewerTables):
        return NEWER_TABLES
    return Fault(
        "CDS_DATABASE_URL", f"cannot be used ({down})", "Start the database, and let the service write to it"
    )


def _migrate(url: str) -> None:
    try:
        if not (database_exists(url) and _version(url) == migrator.head()):
            migrator.migrate(url)
    except StoreDown as down:
        log_alarm("store-down", reason=str(down))


def _kept_key(folder: Path) -> bytes:
    """The key of the file beside the spool, created once. A copy of the database does not contain it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _read_or_make(folder / KEY_FILE)
    except OSError:
        return secrets.token_bytes(KEY_BYTES)  # the folder is not writable: a key for this run only


def _read_or_make(path: Path) -> bytes:
    """Creates the key file atomically: two processes that start at once read the same complete file."""
    if not path.exists():
        made = path.with_name(f"{KEY_FILE}-{uuid4()}")
        made.touch(mode=0o600)
        made.write_bytes(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    return path.read_bytes()
