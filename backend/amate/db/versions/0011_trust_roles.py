"""Who holds the keys of the repository, drafts that wait for their signatures, and the ceremonies that were held."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add them; keys of before get a name of their own."""
    op.add_column("role_key", sa.Column("holder", sa.String(120), nullable=False, server_default=""))
    op.add_column("role_key", sa.Column("is_online", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("role_key", sa.Column("signed_at", sa.BigInteger, nullable=True))
    op.add_column("role_key", sa.Column("missing_since", sa.BigInteger, nullable=True))
    op.execute("UPDATE role_key SET holder = role || ' ' || substr(keyid, 1, 8)")
    op.execute(
        sa.text("UPDATE role_key SET is_online = :yes WHERE role IN ('snapshot', 'timestamp')").bindparams(yes=True)
    )
    op.create_index("role_key_holder", "role_key", ["role", "holder"], unique=True)
    op.create_table(
        "trust_draft",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("open_for", sa.String(20), nullable=True, unique=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trust_draft_file",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "trust_draft_signature",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("keyid", sa.String(64), primary_key=True),
        sa.Column("signature", sa.String(200), nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trust_ceremony",
        sa.Column("root", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("transcript", sa.Text, nullable=True),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("trust_ceremony", "trust_draft_signature", "trust_draft_file", "trust_draft"):
        op.drop_table(table)
    op.drop_index("role_key_holder", "role_key")
    for column in ("missing_since", "signed_at", "is_online", "holder"):
        op.drop_column("role_key", column)
