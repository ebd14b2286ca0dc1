"""What somebody does who owns the database: takes its own refusals away, to write over what it keeps."""

from __future__ import annotations

from sqlalchemy import Connection, text


def take_refusals_away(tx: Connection, *tables: str) -> None:
    """No trigger of these tables refuses anything from here on."""
    for table in tables:
        if tx.dialect.name == "postgresql":
            tx.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            continue
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        for name in tx.execute(query, {"table": table}).scalars().all():
            tx.execute(text(f"DROP TRIGGER {name}"))
